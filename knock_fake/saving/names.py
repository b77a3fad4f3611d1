"""The names of classes in a saved world: module and class, without the name of the package."""

from __future__ import annotations

from importlib import import_module

from knock_fake.errors import UsageError

PACKAGE = "knock_fake"


def is_ours(cls: type) -> bool:
    """Whether a class is one of this package."""
    return cls.__module__.partition(".")[0] == PACKAGE


def class_name(cls: type) -> str:
    """Return how a class of this package is named, such as ``state.messages.Message``."""
    return f"{cls.__module__.removeprefix(f'{PACKAGE}.')}.{cls.__qualname__}"


def class_named(name: str) -> type:
    """Return the class of this package with a name.

    Raises:
        UsageError: there is none.
    """
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(f"{PACKAGE}.{module}"), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"this version has no {name!r}: the world was saved by another one") from error
    if not isinstance(found, type) or not is_ours(found):
        raise UsageError(f"{name!r} is no record of this package")
    return found
