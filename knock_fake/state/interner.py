"""One of many equal values, kept for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_Value = TypeVar("_Value", bound="Hashable")

LIMIT = 10_000
"""How many values are known at most."""

LONG = 32
"""From how many events on a history is not shared: all that it grows from would be kept, too."""


class Interner:
    """Knows values that records share, so that a million equal ones take the memory of one.

    Only values for which equal means the same may come here: of ``1`` and ``True`` the first would stand for both. It
    knows 10,000 at most and then begins anew, so that a world without any that are equal does not pay twice.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Hashable, Hashable] = {}

    def intern_history(self, history: tuple[_Value, ...]) -> tuple[_Value, ...]:
        """Return a history, or one that is equal; a long one, which hardly any other record shares, as it is."""
        return history if len(history) > LONG else self.intern(history)

    def intern(self, value: _Value) -> _Value:
        """Return the value, or the one that is equal to it and was here before."""
        if len(self._known) >= LIMIT:
            self._known.clear()
        found: _Value = self._known.setdefault(value, value)  # type: ignore[assignment]  # equal, hence of its class
        return found
