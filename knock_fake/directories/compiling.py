"""What becomes of one document of each kind: checked and compiled, it can be committed to any world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.directories.resources import (
    AUDIENCE,
    GUIDE,
    LAYOUT,
    MESSAGE_TYPE,
    PARTIAL,
    TRANSLATION,
    WORKFLOW,
)
from knock_fake.workflows.audience_members import compile_segments
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.definition import WORKFLOW_KEYS, compile_workflow
from knock_fake.workflows.guides import compile_guide
from knock_fake.workflows.library.layouts import compile_layout
from knock_fake.workflows.library.message_types import compile_message_type
from knock_fake.workflows.library.partials import compile_partial
from knock_fake.workflows.library.translations import compile_translation
from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.directories.documents import Document
    from knock_fake.directories.resources import Kind
    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import ChannelStore

Commit: TypeAlias = "Callable[[Core], bool]"
"""Puts what was compiled into a world, and returns whether that changed it. It cannot fail."""

_AUDIENCE_KEYS = ("name", "type", "description", "segments")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What documents refer to beside one another."""

    channels: ChannelStore

    @property
    def channel_types(self) -> Mapping[str, str]:
        """The type of each channel by its key."""
        return {channel.key: channel.type for channel in self.channels}


def _compile_workflow(document: Document, key: str, surroundings: Surroundings, content: JsonObject) -> Commit:
    read_fields(content, f"workflow {key!r}", WORKFLOW_KEYS)
    definition = compile_workflow(key, "", content, STEP_TYPES, surroundings.channel_types)
    return lambda core: core.workflows.commit(definition, active=document.is_active)


def _compile_guide(document: Document, key: str, surroundings: Surroundings, content: JsonObject) -> Commit:
    definition = compile_guide(key, content, surroundings.channels)
    return lambda core: core.guides.commit(key, definition, active=document.is_active)


def _compile_audience(_document: Document, key: str, _surroundings: Surroundings, content: JsonObject) -> Commit:
    fields = read_fields(content, f"audience {key!r}", _AUDIENCE_KEYS)
    name = fields.text("name")
    fields.text("description")
    is_dynamic = fields.choice("type", ("static", "dynamic"), "static") == "dynamic"
    conditions = compile_segments(fields) if is_dynamic else None
    return lambda core: core.state.audiences.define(key, name, conditions)


def _compile_layout(_document: Document, key: str, _surroundings: Surroundings, content: JsonObject) -> Commit:
    layout = compile_layout(key, content)
    return lambda core: core.library.layouts.commit(layout)


def _compile_partial(_document: Document, key: str, _surroundings: Surroundings, content: JsonObject) -> Commit:
    partial = compile_partial(key, content)
    return lambda core: core.library.partials.commit(partial)


def _compile_message_type(_document: Document, key: str, _surroundings: Surroundings, content: JsonObject) -> Commit:
    message_type = compile_message_type(key, content)
    return lambda core: core.library.message_types.commit(message_type)


def _compile_translation(_document: Document, key: str, _surroundings: Surroundings, content: JsonObject) -> Commit:
    namespace, _, locale = key.rpartition(".")
    translation = compile_translation(locale, content, namespace or None)
    return lambda core: core.library.translations.commit(translation)


COMPILERS: Mapping[Kind, Callable[[Document, str, Surroundings, JsonObject], Commit]] = {
    PARTIAL: _compile_partial,
    LAYOUT: _compile_layout,
    TRANSLATION: _compile_translation,
    MESSAGE_TYPE: _compile_message_type,
    AUDIENCE: _compile_audience,
    WORKFLOW: _compile_workflow,
    GUIDE: _compile_guide,
}
"""Each kind with its compiler, which takes document, key, surroundings and content, in the order of committing."""
