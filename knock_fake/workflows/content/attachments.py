"""Files that an email carries: they come with the trigger's data (Knock's docs on email attachments)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from knock_fake.workflows.paths import MISSING, look_up
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject

DEFAULT_KEY = "attachments"

_REQUIRED = ("name", "content_type", "content")
_DISPOSITIONS = ("inline", "attachment")


@dataclass(frozen=True, slots=True)
class Attachments:
    """Where in the data the files of an email are: a path, ``attachments`` when the template names none."""

    key: str | None
    place: str

    def read(self, scope: Mapping[str, object]) -> list[Json]:
        """Return the files, none when nothing is there.

        Under the key that nobody chose there may be something else of the same name, which is left alone (our choice):
        only an object with ``content`` counts as a file there.

        Raises:
            TemplateError: something is no file: it lacks a property, or its content is not base64.
        """
        path = self.key or DEFAULT_KEY
        data = scope.get("data")
        found = look_up(data, path.split(".")) if isinstance(data, dict) else MISSING
        if found is MISSING or found is None:
            return []
        files = list(enumerate(found)) if isinstance(found, list) else [(None, found)]
        named = [(f"data.{path}" if index is None else f"data.{path}[{index}]", file) for index, file in files]
        return [self._read(name, file) for name, file in named if self.key is not None or _looks_like_a_file(file)]

    def _read(self, name: str, file: Json) -> JsonObject:
        if not isinstance(file, dict):
            self._refuse(f"{name} must be an object with {', '.join(_REQUIRED)}, not {file!r}")
        for key in _REQUIRED:
            if not isinstance(file.get(key), str) or not file[key]:
                self._refuse(f"{name}.{key} must be text, not {file.get(key)!r}")
        if not _is_base64(str(file["content"])):
            self._refuse(f"{name}.content is not base64")
        if file.get("disposition") not in (None, *_DISPOSITIONS):
            self._refuse(f"{name}.disposition must be 'inline' or 'attachment', not {file['disposition']!r}")
        return file

    def _refuse(self, problem: str) -> NoReturn:
        raise TemplateError(self.place, None, problem)


def _looks_like_a_file(value: Json) -> bool:
    return isinstance(value, dict) and "content" in value


def _is_base64(text: str) -> bool:
    try:
        b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
