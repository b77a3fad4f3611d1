"""JSON with Liquid in it: text that becomes JSON when rendered, or an object whose texts are rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

import orjson

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.json_types import as_object
from knock_fake.workflows.templating import Template, TemplateError, compile_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.templating import Rendering

_Node: TypeAlias = Union[Template, bool, int, float, list["_Node"], dict[str, "_Node"], None]  # noqa: UP007


@dataclass(frozen=True, slots=True)
class JsonTemplate:
    """A compiled JSON object. Given as an object, the values of its variables cannot break its JSON."""

    root: _Node
    place: str

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return the object for one set of variables.

        Raises:
            TemplateError: a text cannot be rendered, or what it gives is no JSON object.
        """
        if not isinstance(self.root, Template):
            rendered = _render(self.root, scope)
            return as_object(rendered)
        return self._object(self.root.render(scope))

    def values(self, rendering: Rendering) -> dict[str, object]:
        """Return the object with what its outputs evaluate to: of ``"{{ data.rows }}"`` the list, not its text.

        Raises:
            TemplateError: a text cannot be evaluated, or what the whole gives is no JSON object.
        """
        if isinstance(self.root, Template):
            return {**self._object(rendering.text(self.root))}
        evaluated = _evaluate(self.root, rendering)
        return evaluated if isinstance(evaluated, dict) else {}

    def _object(self, text: str) -> JsonObject:
        value = _decode(text)
        if not isinstance(value, dict):
            remedy = "put values into it with the filter json: {{ data.note | json }}"
            raise TemplateError(self.place, None, f"rendered to {text!r}, which is no JSON object; {remedy}")
        return value


def read_json_template(fields: Fields, key: str) -> JsonTemplate | None:
    """Compile a field that holds JSON; ``None`` when it is absent.

    Raises:
        WorkflowDefinitionError: it is neither text nor an object, or it is text without Liquid that is no
            JSON object.
    """
    value = fields.values.get(key)
    place = f"{fields.place}.{key}"
    if value is None:
        return None
    if not isinstance(value, str | dict):
        fields.refuse(key, f"must be a JSON object or its text, not {value!r}")
    root = _compile(value, place)
    if isinstance(root, Template) and root.program is None and not isinstance(_decode(root.source), dict):
        raise WorkflowDefinitionError(f"{place}: {root.source!r} is no JSON object")
    return JsonTemplate(root, place)


def _compile(value: Json, place: str) -> _Node:
    if isinstance(value, str):
        return compile_template(value, place)
    if isinstance(value, list):
        return [_compile(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: _compile(item, f"{place}.{key}") for key, item in value.items()}
    return value


def _render(node: _Node, scope: Mapping[str, object]) -> Json:
    if isinstance(node, Template):
        return node.render(scope)
    if isinstance(node, list):
        return [_render(item, scope) for item in node]
    if isinstance(node, dict):
        return {key: _render(item, scope) for key, item in node.items()}
    return node


def _evaluate(node: _Node, rendering: Rendering) -> object:
    if isinstance(node, Template):
        return rendering.value(node)
    if isinstance(node, list):
        return [_evaluate(item, rendering) for item in node]
    if isinstance(node, dict):
        return {key: _evaluate(item, rendering) for key, item in node.items()}
    return node


def _decode(text: str) -> Json:
    """Return the JSON of a text, or ``None``; JSON that no answer could hold, such as huge integers, is none."""
    try:
        value: Json = orjson.loads(text)
        orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value
