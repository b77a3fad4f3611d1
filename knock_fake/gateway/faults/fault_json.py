"""Faults as JSON, as ``schemas/faults.json`` describes it."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from knock_fake.durations import show_duration
from knock_fake.errors import UsageError
from knock_fake.gateway.arguments import read_argument
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure
from knock_fake.gateway.faults.fault_fields import READERS, read_length
from knock_fake.json_types import as_object
from knock_fake.json_values import json_copy
from knock_fake.state.references import Reference
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.gateway.faults.effects import Effect
    from knock_fake.gateway.faults.fault import Fault
    from knock_fake.json_types import Json, JsonObject

EFFECT_TYPES: Mapping[str, Callable[..., Effect]] = {
    "error": ErrorAnswer,
    "latency": Latency,
    "failure": NetworkFailure,
    "garble": GarbledAnswer,
}
"""The effects by their names in JSON."""

_LENGTHS = ("length", "retry_after")


def show_fault(fault: Fault) -> JsonObject:
    """Return a fault as JSON, without what it has by default.

    Raises:
        UsageError: it judges calls by a function, which JSON cannot hold.
    """
    if not fault.is_data:
        raise UsageError(f"{fault}: JSON cannot hold the functions of body= and when=; write body= as a dictionary")
    shown: JsonObject = {"effect": {"type": _type_of(fault.effect), **_shown_fields(fault.effect)}}
    for name, (default, _) in READERS.items():
        value = getattr(fault, name)
        if value != default:
            shown[name] = _show(value)
    return shown


def _type_of(effect: Effect) -> str:
    return next(name for name, kind in EFFECT_TYPES.items() if kind is type(effect))


def _shown_fields(effect: Effect) -> JsonObject:
    given = ((one, getattr(effect, one.name)) for one in fields(effect))
    return {one.name: _show(value) for one, value in given if value != one.default}


def _show(value: object) -> Json:
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, datetime):
        return show_instant(value)
    if isinstance(value, Reference):
        return value.shown()
    return json_copy(value, "fault")


def read_fault(document: object) -> tuple[Effect, JsonObject]:
    """Read a fault from JSON: its effect, and its other fields as they are written.

    Raises:
        UsageTypeError: it is no object.
        UsageError: it does not fit the schema; the message names every offending field.
    """
    known = ["effect", *(name for name in READERS if name != "when")]
    read = read_argument("faults/fault", document, "fault", known=known)
    effect = read.pop("effect")
    return _read_effect(as_object(effect)), read


def _read_effect(effect: JsonObject) -> Effect:
    values: dict[str, object] = {**effect}
    values |= {name: read_length(effect[name], f"effect.{name}") for name in _LENGTHS if name in effect}
    return EFFECT_TYPES[str(values.pop("type"))](**values)
