"""Translations: texts by key, for a locale, in a namespace, of a tenant."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.json_types import as_text
from knock_fake.state.account import is_locale
from knock_fake.workflows.library.registry import read_document
from knock_fake.workflows.templating import compile_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.commits import Commits
    from knock_fake.workflows.scopes import Reader

SYSTEM_NAMESPACE = "system"
"""The namespace of what stands between ``{% t %}`` and ``{% endt %}`` (Knock's command line)."""

_MARKS = frozenset(".:/")

_Identity: TypeAlias = "tuple[str | None, str | None, str]"


@dataclass(frozen=True, slots=True)
class Translation:
    """One translation. Without a tenant it is for everybody."""

    locale: str
    namespace: str | None
    tenant: str | None
    content: JsonObject

    @property
    def ref(self) -> str:
        """What Knock's command line calls it: ``en``, or ``admin.en`` with a namespace; ``acme:en`` for a tenant."""
        return _show_ref(self.locale, self.namespace, self.tenant)

    @property
    def identity(self) -> _Identity:
        """What it is found by."""
        return self.tenant, self.namespace, _normal(self.locale)

    def __repr__(self) -> str:
        return f"<Translation {self.ref!r}, keys: {len(self.content)}>"


def _show_ref(locale: str, namespace: str | None, tenant: str | None) -> str:
    """Return what a translation is called."""
    name = f"{namespace}.{locale}" if namespace is not None else locale
    return f"{tenant}:{name}" if tenant is not None else name


def compile_translation(
    locale: object, content: Json, namespace: str | None = None, tenant: str | None = None
) -> Translation:
    """Check one translation.

    Args:
        locale: such as ``en``, ``pt-BR`` or ``fr_BE``.
        content: texts by key, nested as deeply as you like; a text may be Liquid.
        namespace: what keys are prefixed with, as in ``admin:title``; ``None`` for keys without a prefix.
        tenant: the id of the tenant whose runs it is for; ``None`` for all.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names translation, key and remedy.
    """
    place = f"translation {locale!r}"
    if not isinstance(locale, str) or not is_locale(locale):
        raise WorkflowDefinitionError(f"{place}: no locale such as 'en' or 'pt-BR'")
    if namespace is not None and (not namespace or _MARKS.intersection(namespace)):
        raise WorkflowDefinitionError(f"{place}: {namespace!r} is no namespace: it must be text without '.', ':', '/'")
    if not isinstance(content, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object of texts by key, not {content!r}")
    _check_texts(content, f"translation {_show_ref(locale, namespace, tenant)!r}")
    return Translation(locale, namespace, tenant, content)


def _check_texts(content: JsonObject, place: str) -> None:
    for key, value in content.items():
        if isinstance(value, dict):
            _check_texts(value, f"{place}.{key}")
        elif isinstance(value, str):
            compile_template(value, f"{place}.{key}")
        else:
            raise WorkflowDefinitionError(f"{place}.{key}: must be text or an object of texts, not {value!r}")


class TranslationRegistry:
    """What ``knock.translations`` is: the translations that the filter and the tag ``t`` find.

    Args:
        lock: held during every write.
        commits: told of every change.
    """

    def __init__(self, lock: AbstractContextManager[object] | None = None, commits: Commits | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._commits = commits
        self._files: dict[_Identity, Translation] = {}
        self._merged: dict[tuple[Reader, str | None], JsonObject] = {}

    def add(
        self, locale: str, content: JsonObject, *, namespace: str | None = None, tenant: str | None = None
    ) -> Translation:
        """Commit a translation, or a new version of one that exists.

        Args:
            locale: such as ``en`` or ``pt-BR``; capitals do not matter, nor whether it is ``-`` or ``_``.
            content: texts by key, nested as deeply as you like. A text may show what the filter ``t`` is given, as
                ``{{ name }}``; an object of ``zero``, ``one`` and ``other`` has a form for each ``count``.
            namespace: what keys are prefixed with, as in ``admin:title``.
            tenant: the id of the tenant whose runs it is for.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names translation, key and remedy.
        """
        document = read_document(content, f"translation {locale!r}")
        translation = compile_translation(locale, document, namespace, tenant)
        self.commit(translation)
        return translation

    def commit(self, translation: Translation) -> bool:
        """Commit what was checked already, in place of the version before it. Returns whether anything changed."""
        with self._lock:
            changes = self._files.get(translation.identity) != translation
            self._files[translation.identity] = translation
            self._merged.clear()
            if changes and self._commits is not None:
                self._commits.tell("translation", translation.ref)
            return changes

    def get(self, locale: str, namespace: str | None = None, tenant: str | None = None) -> Translation | None:
        """Return the latest version of a translation."""
        return self._files.get((tenant, namespace, _normal(locale)))

    def keys(self) -> list[str]:
        """Return the refs in order of addition, see :attr:`Translation.ref`."""
        return [translation.ref for translation in self]

    def __iter__(self) -> Iterator[Translation]:
        return iter([*self._files.values()])  # of this moment: another thread may add one meanwhile

    def __len__(self) -> int:
        return len(self._files)

    def find(self, key: str, reader: Reader) -> Json:
        """Return what the filter ``t`` finds: a text, the forms of a text by count, or ``None``.

        Args:
            key: keys joined by dots, with the namespace before a colon if there is one.
            reader: for whom.
        """
        prefix, _, path = key.partition(":")
        if any(translation.namespace == prefix for translation in self):
            return _at(self._texts(reader, prefix), path)
        return _at(self._texts(reader, None), key)

    def find_system(self, text: str, reader: Reader) -> str | None:
        """Return the translation of what stands in a tag ``t``, ``None`` when there is none."""
        return as_text(self._texts(reader, SYSTEM_NAMESPACE).get(text))

    def _texts(self, reader: Reader, namespace: str | None) -> JsonObject:
        """Return every text that somebody may be shown: files merged in order of precedence, and kept merged."""
        kept = self._merged.get((reader, namespace))
        if kept is None:
            layers = [found.content for found in self._layers(reader, namespace)]
            kept = self._merged[reader, namespace] = reduce(_beneath, layers, {})
        return kept

    def _layers(self, reader: Reader, namespace: str | None) -> Iterator[Translation]:
        """Yield translations in order of precedence: the tenant's come before all others (Knock's docs)."""
        locales = dict.fromkeys([*_narrowing(reader.locale), _normal(reader.default_locale)])
        for tenant in dict.fromkeys((reader.tenant, None)):
            for locale in locales:
                found = self._files.get((tenant, namespace, locale))
                if found is not None:
                    yield found


def _normal(locale: str) -> str:
    """Return a locale in one spelling: ``fr_BE`` and ``fr-be`` are the same (our choice)."""
    return locale.replace("_", "-").lower()


def _narrowing(locale: str | None) -> Iterator[str]:
    """Yield a locale, then what is left of it part by part: ``fr-be``, ``fr``."""
    parts = _normal(locale or "").split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])


def _beneath(upper: JsonObject, lower: JsonObject) -> JsonObject:
    """Return an object with another beneath it: what only that one has shows through, at every level."""
    merged = {**lower, **upper}
    for key in upper.keys() & lower.keys():
        above, below = upper[key], lower[key]
        if isinstance(above, dict) and isinstance(below, dict):
            merged[key] = _beneath(above, below)
    return merged


def _at(texts: JsonObject, path: str) -> Json:
    if path in texts:
        return texts[path]
    found: Json = texts
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found
