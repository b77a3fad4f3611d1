"""Collections: records of one kind, to list, to count and to assert on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from knock_fake.errors import ExpectationError, UsageTypeError, nearest
from knock_fake.fitting import Filters, fits, show_filters, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from knock_fake.json_types import JsonObject


class Shown(Protocol):
    """What a user gets of a record."""

    def to_json(self) -> JsonObject:
        """Return it as plain data, instants and recipients as Knock writes them."""
        ...


_Raw = TypeVar("_Raw")
_Shown = TypeVar("_Shown", bound=Shown)

MAX_SHOWN = 3
"""How many records a failed expectation shows."""

_USUAL = ("recipient", "recipients", "workflow", "channel", "status", "data", "id")
"""What records are mostly asked for."""

_WHOM = ("recipient", "recipients", "id")
_MEANT = {
    **dict.fromkeys(("user", "users", "user_id", "to", "recipient", "recipients", "recipient_id"), _WHOM),
    "object": ("recipient", "recipients"),
    "channel_key": ("channel",),
    "channel_id": ("channel",),
    "workflow_key": ("workflow",),
    "tenant_id": ("tenant",),
}
"""What a first guess at a fact's name may mean, best first."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[_Raw, _Shown]):
    """One kind of record.

    Attributes:
        noun: what one is called.
        records: returns those that there are now, oldest first.
        facts: what can be asked of one, by name.
        show: makes what the user gets of one.
        describe: returns one line that tells it from others.
        explain: returns lines that say why nothing fits the filters; none when nothing is known.
        plural: what several are called; the noun with an ``s`` when left out.
    """

    noun: str
    records: Callable[[], Sequence[_Raw]]
    facts: Mapping[str, Callable[[_Raw], object]]
    show: Callable[[_Raw], _Shown]
    describe: Callable[[_Raw], str]
    explain: Callable[[Filters], Sequence[str]] = lambda _filters: ()
    plural: str | None = None


class Collection(Generic[_Raw, _Shown]):
    """Records of one kind, oldest first, as they are when they are asked for.

    Filters name facts and say what they must be, see :func:`knock_fake.fitting.fits`: a value, a function of
    the value, a compiled pattern, a dictionary of the keys that count.
    """

    def __init__(self, kind: Kind[_Raw, _Shown]) -> None:
        self._kind = kind

    def __iter__(self) -> Iterator[_Shown]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self._kind.records())

    def __repr__(self) -> str:
        return f"<{len(self)} {self._nouns(len(self))}>"

    def all(self, /, **filters: object) -> list[_Shown]:
        """Return the records that fit, oldest first.

        Raises:
            UsageTypeError: there is no such fact.
        """
        return [self._kind.show(record) for record in self._matching(filters)]

    def count(self, /, **filters: object) -> int:
        """Return how many records fit.

        Raises:
            UsageTypeError: there is no such fact.
        """
        return len(self._matching(filters))

    def one(self, /, **filters: object) -> _Shown:
        """Return the one record that fits.

        Raises:
            ExpectationError: none fits, or several do; the message shows what comes nearest, or those that fit.
            UsageTypeError: there is no such fact.
        """
        matching = self._matching(filters)
        if len(matching) == 1:
            return self._kind.show(matching[0])
        if not matching:
            raise ExpectationError(self._nothing_fits(filters))
        raise ExpectationError(f"{self._several(matching, filters)}, and one was expected{self._listed(matching)}")

    def last(self, /, **filters: object) -> _Shown:
        """Return the newest record that fits.

        Raises:
            ExpectationError: none fits; the message shows what comes nearest.
            UsageTypeError: there is no such fact.
        """
        matching = self._matching(filters)
        if not matching:
            raise ExpectationError(self._nothing_fits(filters))
        return self._kind.show(matching[-1])

    def none(self, /, **filters: object) -> None:
        """Check that no record fits.

        Raises:
            ExpectationError: some do; the message shows them.
            UsageTypeError: there is no such fact.
        """
        matching = self._matching(filters)
        if matching:
            raise ExpectationError(f"{self._several(matching, filters)}, and none was expected{self._listed(matching)}")

    def _matching(self, filters: Filters) -> list[_Raw]:
        facts = self._kind.facts
        for name in filters:
            if name not in facts:
                article = "an" if self._kind.noun[0] in "aeio" else "a"  # a user
                told = f"{article} {self._kind.noun} cannot be asked for {name!r}"
                raise UsageTypeError(f"{told}; {_remedy(name, facts)}")
        wanted = [(facts[name], value) for name, value in filters.items()]
        return [one for one in self._kind.records() if all(fits(value, fact(one)) for fact, value in wanted)]

    def _nouns(self, count: int) -> str:
        return self._kind.noun if count == 1 else self._kind.plural or f"{self._kind.noun}s"

    def _several(self, matching: Sequence[_Raw], filters: Filters) -> str:
        where = f" with {show_filters(filters)}" if filters else ""
        return f"there {'is' if len(matching) == 1 else 'are'} {len(matching)} {self._nouns(len(matching))}{where}"

    def _listed(self, matching: Sequence[_Raw]) -> str:
        shown = [f"\n  {self._kind.describe(one)}" for one in matching[-MAX_SHOWN:]]
        more = len(matching) - len(shown)
        return ":" + "".join([f"\n  ({more} more)" if more else "", *shown])

    def _nothing_fits(self, filters: Filters) -> str:
        lines = [f"there is no {self._kind.noun}" + (f" with {show_filters(filters)}" if filters else "")]
        candidates = self._nearest(filters)
        if candidates:
            lines.append("nearest:")
            for record, differing in candidates:
                lines.append(f"  {self._kind.describe(record)}")
                lines.extend(f"    {line}" for line in differing)
        why = self._kind.explain(filters)
        return "\n".join([*lines, *(["why:"] if why else []), *(f"  {line}" for line in why)])

    def _nearest(self, filters: Filters) -> list[tuple[_Raw, list[str]]]:
        """Return the records that differ in the fewest facts, the newest first, each with what differs."""
        compared = [(record, self._differing(record, filters)) for record in self._kind.records()]
        compared.reverse()
        return sorted(compared, key=lambda one: len(one[1]))[:MAX_SHOWN]

    def _differing(self, record: _Raw, filters: Filters) -> list[str]:
        facts = ((name, wanted, self._kind.facts[name](record)) for name, wanted in filters.items())
        return [
            f"{name} is {show_value(value)}, not {show_value(wanted)}"
            for name, wanted, value in facts
            if not fits(wanted, value)
        ]


def _remedy(name: str, facts: Mapping[str, object]) -> str:
    meant = next((one for one in _MEANT.get(name, ()) if one in facts), None)
    return f"did you mean {meant!r}?" if meant else nearest(name, [*facts], first=_USUAL)
