"""What branch and experiment steps have in common: a list of named branches with steps inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.fields import Fields
from knock_fake.workflows.step_types import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.json_types import JsonObject


def read_branches(step: JsonObject, place: str, key: str, known: Sequence[str], size: range) -> list[Fields]:
    """Return the branches of a step that branches, which has no conditions of its own (Knock's docs on branches).

    Args:
        step: the step's JSON.
        place: where it stands.
        key: where its branches stand in it.
        known: the keys that a branch may have.
        size: how many there may be.

    Raises:
        WorkflowDefinitionError: the step has conditions, it has too few or too many branches, or one is malformed.
    """
    if step.get("conditions") is not None:
        raise WorkflowDefinitionError(
            f"{place}.conditions: a step of type {step.get('type')} has none; "
            "put it into a branch step, or the conditions on the steps inside"
        )
    branches = Fields(step, place).items(key, known)
    if len(branches) not in size:
        few, many = size[0], size[-1]
        raise WorkflowDefinitionError(f"{place}.{key}: must be a list of {few} to {many} branches, not {len(branches)}")
    for fields in branches:
        fields.text("name")
        fields.flag("terminates")
    return branches


def branch_bodies(key: str, known: Sequence[str]) -> Callable[[JsonObject, str], list[Body]]:
    """Return what gives the bodies of a step whose branches stand at ``key``, and have just the known keys."""

    def bodies(step: JsonObject, place: str) -> list[Body]:
        return [_body(fields) for fields in Fields(step, place).items(key, known)]

    return bodies


def _body(fields: Fields) -> Body:
    steps, conditions = fields.values.get("steps"), fields.values.get("conditions")
    terminates = fields.values.get("terminates") is True
    return Body([] if steps is None else steps, fields.place, terminates, conditions)
