"""How a world behaves, from plain data: failing calls, fates of messages, who answers, who is told, rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast

from knock_fake.delivery_settings import DeliverySettings
from knock_fake.gateway.faults.fault import Fault
from knock_fake.webhooks.registry import Webhooks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.core import Core
    from knock_fake.delivery_settings import StatusEntry
    from knock_fake.gateway.rate_limits import RateLimits
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.scenarios.laying import Laying
    from knock_fake.state.delivery_plans import AfterFailures

_SCOPE = ("channel", "recipient", "workflow")


class _Scope(TypedDict, total=False):
    """Which messages are meant; documents have passed their schema, and the verbs check the rest."""

    channel: str
    recipient: str | Mapping[str, str]
    workflow: str


class _Failure(TypedDict, total=False):
    attempts: int
    response_status: int | None
    reason: str
    then: AfterFailures


class _Bounce(TypedDict, total=False):
    reason: str


def add_delivery(core: Core, document: JsonObject) -> None:
    """Say what becomes of messages: by ``statuses``, ``fail``, ``bounce`` or ``hold``, one of them.

    Raises:
        UsageError, UsageTypeError, UnknownNameError: as for the verbs of ``knock.delivery``.
    """
    scope = cast("_Scope", {name: document[name] for name in _SCOPE if name in document})
    settings = DeliverySettings(core)
    if "statuses" in document:
        settings.plan(statuses=cast("Sequence[StatusEntry]", document["statuses"]), **scope)
    elif "fail" in document:
        settings.fail(**cast("_Failure", document["fail"]), **scope)
    elif "bounce" in document:
        settings.bounce(**cast("_Bounce", document["bounce"]), **scope)
    else:
        settings.hold(**scope)


def set_rate_limits(rate_limits: RateLimits, limits: Json) -> None:
    """Enforce rate limits, or none: ``true``, ``false``, or which with ``tiers``, ``batch`` and ``overrides``.

    Raises:
        UsageError, UsageTypeError: there is no such operation, or a number cannot be taken.
    """
    if isinstance(limits, dict):
        overrides = limits.get("overrides")
        rate_limits.enforce(
            tiers=limits.get("tiers", True) is True,
            batch=limits.get("batch", True) is True,
            overrides=cast("Mapping[str, int] | None", overrides),
        )
    elif limits is True:
        rate_limits.enforce()
    else:
        rate_limits.relax()


def lay_behaviour(laying: Laying) -> None:
    """Ask for what is not as on a good day."""
    for spot, limits in laying.sections("rate_limits"):
        with laying.reporting(spot):
            set_rate_limits(laying.gateway.rate_limits, limits)
    for spot, entry in laying.entries("responders"):
        with laying.reporting(spot):
            laying.core.responders.add(entry)
    for spot, entry in laying.entries("webhooks"):
        with laying.reporting(spot):
            Webhooks(laying.core).add_json(entry)
    for spot, entry in laying.entries("delivery"):
        with laying.reporting(spot):
            add_delivery(laying.core, entry)
    for spot, entry in laying.entries("faults"):
        with laying.reporting(spot):
            laying.gateway.faults.add(Fault.from_json(entry))
