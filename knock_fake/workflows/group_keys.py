"""Keys by which batches and throttles group the runs of one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.moments import ROOTS
from knock_fake.workflows.paths import MISSING, look_up, split_name, split_path
from knock_fake.workflows.templating import compile_template, has_liquid

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A compiled key: Liquid, or the path of a value."""

    path: tuple[str, ...] = ()
    template: Template | None = None

    def resolve(self, variables: JsonObject) -> str | None:
        """Return the key's value as JSON text, ``None`` where there is none: nothing, null, or an empty text.

        Raises:
            TemplateError: the Liquid cannot be rendered.
        """
        value = self._value(variables)
        return None if value in (None, "") else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

    def _value(self, variables: JsonObject) -> Json:
        if self.template is not None:
            return self.template.render(variables).strip()
        value = look_up(variables, self.path)
        return None if value is MISSING else value


def read_group_key(value: Json, place: str) -> GroupKey | None:
    """Read a key as it stands in a step's settings.

    Args:
        value: a key of the trigger data (``page_id`` means ``data.page_id``), a path that begins with a scope
            (``recipient.plan``), Liquid (``{{ data.page_id }}-{{ actor.id }}``), or nothing.
        place: where it stands in the workflow.

    Raises:
        WorkflowDefinitionError: it is no text, an empty one, or malformed Liquid.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        example = "'page_id' or '{{ data.page_id }}-{{ actor.id }}'"
        raise WorkflowDefinitionError(f"{place}: must be a text such as {example}, not {value!r}")
    if has_liquid(value):
        return GroupKey(template=compile_template(value, place))
    text = value.strip()
    return GroupKey(split_path(text, ROOTS) or ("data", *(split_name(text) or (text,))))
