"""From the text of a scenario to plain JSON, with the line that every value stands on.

YAML is read as JSON would have it: text stays text (an instant is written as one), keys are texts and stand once,
anchors are followed. JSON is YAML, so one reader serves both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import yaml

from knock_fake.json_values import MAX_LEVELS
from knock_fake.scenarios.errors import ScenarioError, ScenarioProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject

Place: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys and indexes from the outside to the inside."""

_TAG = "tag:yaml.org,2002:"
_SCALARS: dict[str, Callable[[str], Json]] = {
    f"{_TAG}null": lambda _text: None,
    f"{_TAG}bool": lambda text: text == "true",
    f"{_TAG}int": int,
    f"{_TAG}float": lambda text: float(text.replace(".inf", "inf").replace(".nan", "nan")),
}
"""The scalars that are no text, by the tag of their node, with what reads them."""


class _Loader(yaml.SafeLoader):
    """Tells text from other scalars as JSON and YAML 1.2 do: ``no``, ``12:30`` and ``007`` are text."""


_Loader.yaml_implicit_resolvers = {}


for _name, _pattern, _first in (
    ("null", r"~|null|", "~n"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?\.inf|\.nan", "-.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"(?:{_pattern})\\Z"), [*_first, ""])


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario as it was read. ``file`` is its name as it is shown to people, ``lines`` count from 1."""

    file: str
    document: JsonObject
    lines: dict[Place, int] = field(compare=False)

    def problem(self, place: Place, message: str) -> ScenarioProblem:
        """Return what is wrong at a place; the line is that of the nearest value around it that has one."""
        known = next((place[:length] for length in range(len(place), -1, -1) if place[:length] in self.lines), ())
        return ScenarioProblem(self.file, self.lines.get(known, 0), ".".join(map(str, place)), message)

    def problem_at(self, field_path: str, message: str) -> ScenarioProblem:
        """Return what is wrong at a place that is written with dots, as the errors of schemas are."""
        return self.problem(tuple(int(part) if part.isdigit() else part for part in _parts(field_path)), message)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in one of several scenarios."""

    source: Source
    place: Place

    def inside(self, *parts: str | int) -> Spot:
        """Return a place further inside."""
        return Spot(self.source, (*self.place, *parts))

    def problem(self, message: str) -> ScenarioProblem:
        """Return what is wrong there."""
        return self.source.problem(self.place, message)


def _parts(field_path: str) -> list[str]:
    return field_path.split(".") if field_path else []


def read_scenario(text: str, file: str) -> Source:
    """Read a scenario.

    Args:
        text: YAML or JSON.
        file: the name to show in errors.

    Raises:
        ScenarioError: it is no YAML, or holds what JSON cannot.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 0
        raise ScenarioError([ScenarioProblem(file, line, "", f"is no YAML: {error.problem or error}")]) from error
    except yaml.YAMLError as error:
        raise ScenarioError([ScenarioProblem(file, 0, "", f"is no YAML: {error}")]) from error
    finally:
        loader.dispose()
    if root is None:
        raise ScenarioError([ScenarioProblem(file, 0, "", "is empty: a scenario is a mapping, such as 'users: []'")])
    reading = _Reading(file)
    document = reading.value(root, ())
    if not isinstance(document, dict):
        reading.refuse(root, (), "a scenario is a mapping of its parts, such as 'users: []'")
    if reading.problems or not isinstance(document, dict):
        raise ScenarioError(reading.problems)
    return Source(file, document, reading.lines)


class _Reading:
    """Turns the nodes of one document into JSON, noting lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._resolver = _Loader("")
        self.lines: dict[Place, int] = {}
        self.problems: list[ScenarioProblem] = []

    def refuse(self, node: yaml.Node, place: Place, message: str) -> None:
        line = node.start_mark.line + 1
        self.problems.append(ScenarioProblem(self._file, line, ".".join(map(str, place)), message))

    def value(self, node: yaml.Node, place: Place) -> Json:
        self.lines[place] = node.start_mark.line + 1
        if len(place) > MAX_LEVELS:
            self.refuse(node, place[:3], f"is nested deeper than {MAX_LEVELS} levels")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> JsonObject:
        self._refuse_repeated(node, place)
        self._resolver.flatten_mapping(node)  # what is merged in comes first, so that the mapping's own keys win
        read: JsonObject = {}
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                key = self._text(key_node, place)
                read[key] = self.value(value_node, (*place, key))
            else:
                self.refuse(key_node, place, "a key must be text")
        return read

    def _refuse_repeated(self, node: yaml.MappingNode, place: Place) -> None:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                if key_node.value in seen:
                    self.refuse(key_node, (*place, key_node.value), "stands twice: leave one out")
                seen.add(key_node.value)

    def _text(self, node: yaml.Node, place: Place) -> str:
        """Return the text of a scalar; JSON may write one character as the two halves of a surrogate pair."""
        text = str(node.value)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.refuse(node, place, "holds half of a surrogate pair, which is no character")
            return ""

    def _scalar(self, node: yaml.Node, place: Place) -> Json:
        read = _SCALARS.get(node.tag)
        if read is None:
            return self._text(node, place)
        value = read(str(node.value))
        if isinstance(value, float) and not isfinite(value):
            self.refuse(node, place, f"JSON has no {node.value}")
        return value
