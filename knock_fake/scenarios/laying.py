"""Laying a scenario over a world: what its sections work with."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from knock_fake.api import OPERATIONS
from knock_fake.errors import ApiError, KnockFakeError
from knock_fake.gateway.call import Call
from knock_fake.gateway.operations import Request
from knock_fake.gateway.validation import check
from knock_fake.json_types import as_list, as_object
from knock_fake.scenarios.reading import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Operation
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.scenarios.errors import ScenarioProblem
    from knock_fake.scenarios.reading import Source


@cache
def _operations() -> Mapping[str, Operation]:
    return {operation.name: operation for operation in OPERATIONS}


class Laying:
    """Scenarios while they are laid over one world. Problems are gathered, so that all of them are told at once."""

    def __init__(self, core: Core, gateway: Gateway, sources: Sequence[Source]) -> None:
        self.core = core
        self.gateway = gateway
        self._sources = sources
        self.problems: list[ScenarioProblem] = []

    def sections(self, name: str) -> Iterator[tuple[Spot, Json]]:
        """Yield a section of each scenario that has it, as it is written."""
        for source in self._sources:
            if name in source.document:
                yield Spot(source, (name,)), source.document[name]

    def entries(self, section: str) -> Iterator[tuple[Spot, JsonObject]]:
        """Yield the objects of a section that is a list, each with its place."""
        for spot, listed in self.sections(section):
            for index, entry in enumerate(as_list(listed)):
                if isinstance(entry, dict):
                    yield spot.inside(index), entry

    def named(self, section: str) -> Iterator[tuple[Spot, str, Json]]:
        """Yield the members of a section that is a mapping, each with its place and name."""
        for spot, mapping in self.sections(section):
            for name, value in as_object(mapping).items():
                yield spot.inside(name), name, value

    def refuse(self, spot: Spot, message: str) -> None:
        """Note what is wrong at a place."""
        self.problems.append(spot.problem(message))

    @contextmanager
    def reporting(self, spot: Spot, prefix: str = "") -> Iterator[None]:
        """Turn what the block refuses into problems at a place.

        Args:
            spot: where the entry stands.
            prefix: what the fields of a refused request begin with that the entry has not, such as ``recipients.0``.
        """
        try:
            yield
        except ApiError as refused:
            self._report_refusal(spot, refused, prefix)
        except KnockFakeError as error:
            self.refuse(spot, str(error))

    def _report_refusal(self, spot: Spot, refused: ApiError, prefix: str) -> None:
        errors = refused.body.get("errors") if isinstance(refused.body, dict) else None
        if not isinstance(errors, list):
            self.refuse(spot, refused.hint or str(refused))
            return
        for error in errors:
            if isinstance(error, dict):
                path = str(error["field"]).removeprefix(prefix).lstrip(".")
                inner = tuple(int(part) if part.isdecimal() else part for part in path.split(".") if part)
                self.refuse(spot.inside(*inner), str(error["message"]))

    def call(self, spot: Spot, operation: str, params: dict[str, str], body: JsonObject) -> None:
        """Do what a call of Knock's API would do, checked as one; it leaves no entry in the journal."""
        declared = _operations()[operation]
        with self.reporting(spot):
            if declared.body_schema is not None:
                check(declared.body_schema, body)
            call = Call(declared.method, declared.path)
            declared.endpoint(Request(self.core, call, declared, "secret", self.gateway.rate_limits, params, body=body))


def without(entry: JsonObject, *names: str) -> JsonObject:
    """Return an entry without some of its members."""
    return {name: value for name, value in entry.items() if name not in names}
