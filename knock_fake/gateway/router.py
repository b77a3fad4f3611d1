"""Which operation a method and a raw path name: one table for every skin, werkzeug's ``Map`` under it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote

from knock_fake.errors import framework_error, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.routing import MapAdapter

_PARAMETER = re.compile(r"\{(\w+)\}")


class Routable(Protocol):
    """What a router leads to: something with a method and a path template such as ``/v1/users/{user_id}``."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def path(self) -> str:
        """The path template."""
        ...


_Operation = TypeVar("_Operation", bound=Routable)
_Shape: TypeAlias = tuple[str | None, ...]
_Match: TypeAlias = tuple[_Operation, tuple[tuple[str, int], ...]]


class Router(Generic[_Operation]):
    """Matches on the raw path, so that an encoded slash stays inside its segment, and decodes segments afterwards.

    Matches are remembered by the shape of the path: its segments, with ``None`` for every one that is a literal of no
    template. Two paths of one shape match alike, and only shapes that match are remembered, so the memory is bounded.
    Made once for a table of operations: it holds nothing of any world.
    """

    def __init__(self, operations: Sequence[_Operation]) -> None:
        self._operations = operations
        # An empty segment matches no parameter and so is as telling as a literal.
        self._literals = {"", *(part for one in operations for part in one.path.split("/") if "{" not in part)}
        self._remembered: dict[tuple[str, _Shape], _Match[_Operation]] = {}

    @property
    def operations(self) -> Sequence[_Operation]:
        """Everything that it leads to."""
        return self._operations

    @cached_property
    def _adapter(self) -> MapAdapter:
        from werkzeug.routing import Map, Rule

        rules = [
            Rule(
                _PARAMETER.sub(r"<\1>", operation.path),
                methods=[operation.method],
                endpoint=operation,
            )
            for operation in self._operations
        ]
        table = Map(rules, strict_slashes=True, merge_slashes=False, redirect_defaults=False)
        return table.bind("api.knock.app")

    def route(self, method: str, path: str) -> tuple[_Operation, dict[str, str]]:
        """Return the operation and its decoded path parameters.

        Raises:
            ApiError: 404 with the body of Knock's web framework for a path that nothing answers, 405 for a method
                that the path does not have.
        """
        if not (path.isascii() or _is_text(path)):
            raise self._not_found(method, ascii(path))
        segments = path.split("/")
        literals = self._literals
        shape = tuple([segment if segment in literals else None for segment in segments])
        match = self._remembered.get((method, shape))
        if match is None:
            match = self._remembered[method, shape] = self._match(method, path)
        operation, places = match
        return operation, {name: _decode(segments[index]) for name, index in places}

    def _match(self, method: str, path: str) -> _Match[_Operation]:
        from werkzeug.exceptions import MethodNotAllowed, NotFound
        from werkzeug.routing import RequestRedirect

        # werkzeug would take two slashes for one, add a missing one, and read no method as GET.
        if path.startswith("//") or not path.startswith("/") or not method:
            raise self._not_found(method, path)
        try:
            operation, _ = self._adapter.match(path, method)
        except MethodNotAllowed as error:
            allowed = sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"})
            raise self._method_not_allowed(method, path, allowed) from None
        except (NotFound, RequestRedirect):
            raise self._not_found(method, path) from None
        parts = enumerate(operation.path.split("/"))
        return operation, tuple((part[1:-1], index) for index, part in parts if part.startswith("{"))

    def _method_not_allowed(self, method: str, path: str, allowed: list[str]) -> Exception:
        listed = ", ".join(allowed)
        return framework_error(405, "Method Not Allowed", f"{path} takes {listed}, not {method}", {"allow": listed})

    def _not_found(self, method: str, path: str) -> Exception:
        if not path.startswith(("/v1/", "/_fake")):
            remedy = "paths begin with /v1; the SDKs add it to a base URL that must not end in it"
        elif path.startswith("/v1/v1/"):
            remedy = "the base URL must not end in /v1, the SDKs add it"
        elif path.endswith("/"):
            remedy = "leave out the slash at the end"
        else:
            remedy = nearest(path, sorted({operation.path for operation in self._operations}))
        return framework_error(404, "Not Found", f"no operation answers {method} {path}: {remedy}")


def _is_text(path: str) -> bool:
    """Whether a path can be written as UTF-8; one made by hand may hold half a surrogate pair."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _decode(segment: str) -> str:
    return unquote(segment) if "%" in segment else segment
