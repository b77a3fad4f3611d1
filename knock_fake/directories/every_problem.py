"""Every problem of a document, where compiling it tells of the first alone.

Compilers raise at the first thing that they cannot take. Here the document is compiled again without it, until nothing
is left to refuse. What is refused only because something was taken away is not told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.directories.documents import steps_around, value_at
from knock_fake.errors import UsageError
from knock_fake.json_values import json_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from knock_fake.directories.documents import Place
    from knock_fake.json_types import Json, JsonObject

_NAME = r"[\w$-]+(?:\[\d+\])*"
_LOCATED = re.compile(rf"[:.] ?(?P<place>{_NAME}(?:\.{_NAME})*)(?:, line (?P<line>\d+))?: (?P<message>.*)", re.DOTALL)
_UNKNOWN_KEY = re.compile(r"unknown key '([^']*)'")
_SUGGESTED = re.compile(r"did you mean '([^']*)'")
_PLACEHOLDER = "x"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a compiler refused: the place in the document, the line of a text there if it has one, and the message."""

    place: Place
    message: str
    line: int | None = None

    @property
    def unknown_key(self) -> Place | None:
        """The place of the key that is not known, if that is what was refused."""
        found = _UNKNOWN_KEY.match(self.message)
        return None if found is None else (*self.place, found[1])

    @property
    def acceptable(self) -> str:
        """A text that may be taken in place of what was refused: the remedy, if the message has one."""
        found = _SUGGESTED.search(self.message)
        return _PLACEHOLDER if found is None else found[1]


def every_refusal(
    compiling: Callable[[JsonObject], object], document: JsonObject, name: str, gaps: Iterable[Place] = ()
) -> list[Refusal]:
    """Return everything that a compiler refuses in a document, in the order in which it meets it.

    Args:
        compiling: compiles the document; its errors begin with the document's name, followed by the place.
        document: what to compile; it stays as it is.
        name: such as ``workflow 'x'``.
        gaps: places whose values could not be read, of which nothing is to be told.
    """
    mending = _Mending(document, gaps)
    found: list[Refusal] = []
    while True:
        try:
            compiling(mending.document)
        except UsageError as error:
            refusal = _read(str(error), name)
        else:
            return found
        if not mending.is_aftermath(refusal):
            found.append(refusal)
        if not mending.mend(refusal):
            return found


def _read(text: str, name: str) -> Refusal:
    rest = text.removeprefix(name)
    located = _LOCATED.fullmatch(rest)
    if located is None:
        return Refusal((), " ".join(rest.lstrip(":. ").split()))
    line = located["line"]
    message = " ".join(located["message"].split())
    return Refusal(_place(located["place"]), message, None if line is None else int(line))


def _place(text: str) -> Place:
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[\w$-]+", text))


class _Mending:
    """A copy of a document from which what was refused is taken away, one thing after the other.

    A value is replaced by a text, then left out, then its whole step is replaced by one that does nothing: each goes
    further than the one before, so that mending ends.
    """

    def __init__(self, document: JsonObject, gaps: Iterable[Place]) -> None:
        copied = json_copy(document, "document")
        assert isinstance(copied, dict)  # noqa: S101 - an object stays one
        self.document: JsonObject = copied
        self._attempts: dict[Place, int] = dict.fromkeys(gaps, 0)

    def is_aftermath(self, refusal: Refusal) -> bool:
        """Whether something was changed at, around or inside the place, so that the refusal may be our own doing."""
        if refusal.unknown_key is not None:
            return refusal.unknown_key in self._attempts
        place = refusal.place
        if place[-1:] == ("ref",) and place not in self._attempts:
            return False  # a step that was replaced keeps its ref
        return any(_is_within(touched, place) or _is_within(place, touched) for touched in self._attempts)

    def mend(self, refusal: Refusal) -> bool:
        """Take away what was refused. Returns whether there is any use in compiling once more."""
        place = refusal.unknown_key or refusal.place
        attempt = self._attempts.get(place, 0)
        self._attempts[place] = attempt + 1
        if refusal.unknown_key is not None:
            return attempt == 0 and self._leave_out(place)
        if place[-1:] == ("type",) and place[:-1] in steps_around(place):
            return self._replace_step(place)  # of another type it would have other keys
        if attempt == 0 and self._put(place, refusal.acceptable):
            return True
        if attempt <= 1 and self._leave_out(place):
            return True
        return self._replace_step(place)

    def _put(self, place: Place, value: Json) -> bool:
        match value_at(self.document, place[:-1]), place[-1:]:
            case dict() as holder, (str() as key,):
                holder[key] = value
            case list() as holder, (int() as index,) if index < len(holder):
                holder[index] = value
            case _:
                return False
        return True

    def _leave_out(self, place: Place) -> bool:
        holder = value_at(self.document, place[:-1])
        # Not from a list: what comes after it would move to other places.
        return bool(place) and isinstance(holder, dict) and holder.pop(str(place[-1]), holder) is not holder

    def _replace_step(self, place: Place) -> bool:
        for step in steps_around(place):
            # A step counts as replaced when it is one that does nothing already: then the one around it is to go.
            stand_in = _idle_step(value_at(self.document, step))
            if value_at(self.document, step) != stand_in:
                self._attempts[step] = self._attempts.get(step, 0) + 1
                return self._put(step, stand_in)
        return False


def _idle_step(step: Json) -> JsonObject:
    """Return a step that does nothing, under the same ref: later steps may name it."""
    ref = step.get("ref") if isinstance(step, dict) else None
    named: JsonObject = {"ref": ref} if isinstance(ref, str) else {}
    return {"type": "delay", "settings": {"delay_for": {"unit": "seconds", "value": 1}}, **named}


def _is_within(inner: Place, outer: Place) -> bool:
    return inner[: len(outer)] == outer
