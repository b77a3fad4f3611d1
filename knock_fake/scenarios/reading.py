"""From the text of a scenario to plain JSON, with the line that every value stands on.

YAML is read as JSON would have it: text stays text (an instant is written as one), keys are texts and stand once,
anchors are followed, other tags than those of JSON's own types are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import orjson
import yaml

from knock_fake.json_values import MAX_LEVELS
from knock_fake.scenarios.errors import ScenarioError, ScenarioProblem
from knock_fake.scenarios.json_nodes import compose_json

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


_PLAIN_TAGS = (f"{_TAG}str", f"{_TAG}merge", f"{_TAG}map", f"{_TAG}seq")
"""The tags of everything else that JSON has; ``<<`` where no key is expected is text."""

_INTEGERS = range(-(2**63), 2**64)
"""What fits into 64 bits with a sign or without, as far as the JSON of answers goes."""

_LONGEST_INTEGER = 20

_MAX_REPEATED = 1_000_000
"""How many values anchors may stand for: a few anchors inside one another can stand for more than any memory holds."""


class _Loader(yaml.SafeLoader):
    """Tells text from other scalars as JSON and YAML 1.2 do: ``no``, ``12:30`` and ``007`` are text."""


_Loader.yaml_implicit_resolvers = {}

_FORMS: dict[str, re.Pattern[str]] = {}
"""How the scalars of a tag are written."""

for _name, _pattern, _first in (
    ("null", r"~|null|", "~n"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?\.inf|\.nan", "-.0123456789"),
    ("merge", r"<<", "<"),
):
    _FORMS[f"{_TAG}{_name}"] = re.compile(f"(?:{_pattern})\\Z")
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", _FORMS[f"{_TAG}{_name}"], [*_first, ""])


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
        return self.problem(tuple(int(part) if part.isdecimal() else part for part in _parts(field_path)), message)


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
        ScenarioError: it is no YAML and no JSON, or holds what JSON cannot.
    """
    root = _compose(text, file)
    if root is None:
        raise ScenarioError([ScenarioProblem(file, 0, "", "is empty: a scenario is a mapping, such as 'users: []'")])
    reading = _Reading(file)
    document = reading.value(root, ())
    if not isinstance(document, dict):
        reading.refuse(root, (), "a scenario is a mapping of its parts, such as 'users: []'")
    if reading.problems or not isinstance(document, dict):
        raise ScenarioError(reading.problems)
    return Source(file, document, reading.lines)


def _compose(text: str, file: str) -> yaml.Node | None:
    """Return the root of a document: JSON where it is that, whatever the file is called, or else YAML."""
    try:
        return compose_json(text)
    except orjson.JSONDecodeError as error:
        if file.endswith(".json"):
            raise ScenarioError([ScenarioProblem(file, error.lineno, "", f"is no JSON: {error.msg}")]) from error
        return _compose_yaml(text, file)


def _compose_yaml(text: str, file: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 0
        raise ScenarioError([ScenarioProblem(file, line, "", f"is no YAML: {error.problem or error}")]) from error
    except yaml.YAMLError as error:
        raise ScenarioError([ScenarioProblem(file, 0, "", f"is no YAML: {error}")]) from error
    except RecursionError as error:
        raise ScenarioError([ScenarioProblem(file, 0, "", f"is nested deeper than {MAX_LEVELS} levels")]) from error
    return root


class _Reading:
    """Turns the nodes of one document into JSON, noting lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[ScenarioProblem] = []
        self._met: set[int] = set()
        self._mappings: dict[int, dict[str, yaml.Node]] = {}
        self._repeated = 0

    def refuse(self, node: yaml.Node, place: Place, message: str) -> None:
        line = node.start_mark.line + 1
        self.problems.append(ScenarioProblem(self._file, line, ".".join(map(str, place)), message))

    def value(self, node: yaml.Node, place: Place) -> Json:
        """Return the value of a node.

        Raises:
            ScenarioError: anchors stand for more than can be held.
        """
        self.lines[place] = node.start_mark.line + 1
        self._count_repeated(node, place)
        if len(place) > MAX_LEVELS:
            self.refuse(node, place[:3], f"is nested deeper than {MAX_LEVELS} levels")
            return None
        if node.tag not in _SCALARS and node.tag not in _PLAIN_TAGS:
            tag = node.tag.replace(_TAG, "!!")
            self.refuse(node, place, f"has the tag {tag}: a scenario is plain data, leave the tag out")
            return None
        if isinstance(node, yaml.MappingNode):
            pairs = self._pairs(node, place)
            return {key: self.value(held, (*place, key)) for key, held in pairs.items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _count_repeated(self, node: yaml.Node, place: Place) -> None:
        if id(node) not in self._met:
            self._met.add(id(node))
            return
        self._repeated += 1
        if self._repeated > _MAX_REPEATED:
            self.refuse(node, place[:3], f"holds more than {_MAX_REPEATED} values that anchors stand for")
            raise ScenarioError(self.problems[-1:])

    def _pairs(self, node: yaml.MappingNode, place: Place) -> dict[str, yaml.Node]:
        """Return the nodes of a mapping by key; its own win over those of ``<<``, of which the first named win."""
        known = self._mappings.get(id(node))
        if known is not None:
            return known
        pairs = self._mappings[id(node)] = {}  # a mapping that is merged into itself adds nothing
        own: dict[str, yaml.Node] = {}
        for key_node, held in node.value:
            if key_node.tag == f"{_TAG}merge":
                for named in self._merged(held, place):
                    pairs.update({key: one for key, one in self._pairs(named, place).items() if key not in pairs})
            elif isinstance(key_node, yaml.ScalarNode):
                key = self._text(key_node, place)
                if key in own:
                    self.refuse(key_node, (*place, key), "stands twice: leave one out")
                own[key] = held
            else:
                self.refuse(key_node, place, "a key must be text")
        pairs.update(own)
        return pairs

    def _merged(self, node: yaml.Node, place: Place) -> list[yaml.MappingNode]:
        """Return the mappings that ``<<`` names."""
        named = node.value if isinstance(node, yaml.SequenceNode) else [node]
        mappings = [one for one in named if isinstance(one, yaml.MappingNode)]
        if len(mappings) < len(named):
            self.refuse(node, (*place, "<<"), "must name a mapping, or a list of mappings")
        return mappings

    def _text(self, node: yaml.Node, place: Place) -> str:
        """Return the text of a scalar; JSON may write one character as the two halves of a surrogate pair."""
        text = str(node.value)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.refuse(node, place, "holds half of a surrogate pair, which is no character")
            return ""

    def _scalar(self, node: yaml.Node, place: Place) -> Json:
        read, text = _SCALARS.get(node.tag), str(node.value)
        if read is None:
            return self._text(node, place)
        if not _FORMS[node.tag].match(text):
            self.refuse(node, place, f"{text!r} is no {node.tag.removeprefix(_TAG)}: leave the tag out")
            return None
        if node.tag == f"{_TAG}int" and (len(text) > _LONGEST_INTEGER or int(text) not in _INTEGERS):
            self.refuse(node, place, "is an integer of more than 64 bits: write it as text")
            return None
        value = read(text)
        if isinstance(value, float) and not isfinite(value):
            self.refuse(node, place, f"JSON has no {node.value}")
        return value
