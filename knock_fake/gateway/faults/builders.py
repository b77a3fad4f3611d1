"""Faults in few words: one function for each way to fail."""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeAlias, Unpack

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure
from knock_fake.gateway.faults.fault import Fault, Occasion
from knock_fake.gateway.faults.fault_fields import READERS, read_length
from knock_fake.gateway.faults.targets import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from knock_fake.gateway.disruption import Failure
    from knock_fake.gateway.faults.effects import Garbling

Targets: TypeAlias = "str | Sequence[str]"

P = ParamSpec("P")

_PHASES: dict[str, Failure] = {"read": "read_timeout", "connect": "connect_timeout"}


def _knowing_its_keywords(build: Callable[P, Fault]) -> Callable[P, Fault]:
    """Let a builder refuse keywords that it has not, with the nearest of its own and of an :class:`Occasion`."""
    own = [one.name for one in signature(build).parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    known = [*own, *(name for name in READERS if name != "targets")]

    @wraps(build)
    def checked(*args: P.args, **options: P.kwargs) -> Fault:
        for name in options:
            if name not in known:
                raise UsageTypeError(f"a fault has no {name!r}; {nearest(name, known, first=own)}")
        return build(*args, **options)

    return checked


@_knowing_its_keywords
def fail(
    target: Targets = EVERYTHING,
    *,
    status: int | None = None,
    code: str | None = None,
    message: str | None = None,
    retry_after: str | timedelta | None = None,
    should_retry: bool | None = None,
    **occasion: Unpack[Occasion],
) -> Fault:
    """Return a fault by which calls are refused with an error, and do nothing.

    Args:
        target: the calls it is for: ``users.update``, ``users.*``, ``PUT /v1/users/*``, ``*``, or a list of such.
        status: 400 to 599; 500 when neither this nor ``code`` is given.
        code: one of Knock's documented codes, such as ``workflow_missing``; the status follows from it.
        message: the text of the body.
        retry_after: what the answer asks clients to wait: ``"2s"`` becomes ``retry-after: 2``, and what is no whole
            number of seconds ``retry-after-ms``. SDKs do wait that long, in real time.
        should_retry: the header ``x-should-retry``, which SDKs obey.
        occasion: when it strikes, see :class:`~knock_fake.gateway.faults.fault.Occasion`.

    Raises:
        UsageError: it can never strike, or an argument has an impossible value. UsageTypeError: one is of another type.
    """
    wait = read_length(retry_after, "retry_after")
    return Fault(ErrorAnswer(status, code, message, wait, should_retry), target, **occasion)


@_knowing_its_keywords
def rate_limit(
    target: Targets = EVERYTHING,
    *,
    retry_after: str | timedelta | None = "1s",
    should_retry: bool | None = None,
    **occasion: Unpack[Occasion],
) -> Fault:
    """Return a fault by which calls are refused with 429.

    Args:
        target: the calls it is for.
        retry_after: see :func:`fail`; ``None`` leaves the header out.
        should_retry: see :func:`fail`.
        occasion: when it strikes.
    """
    return fail(target, status=429, retry_after=retry_after, should_retry=should_retry, **occasion)


@_knowing_its_keywords
def delay(target: Targets, length: str | timedelta, *, real: bool = False, **occasion: Unpack[Occasion]) -> Fault:
    """Return a fault by which calls take their time before they are processed; several such faults add up.

    A clock that is moved by hand moves on by that length, and what falls due meanwhile happens. A client in the same
    process does not wait, but times out if its own patience is shorter. Where the clock follows real time, and on every
    server, the answer does come that much later.

    Args:
        target: the calls it is for.
        length: such as ``"2s"``.
        real: wait in real time in the same process, too, and leave the world's clock alone.
        occasion: when it strikes.
    """
    if not isinstance(real, bool):
        raise UsageTypeError(f"real must be True or False, not {real!r}")
    wait = read_length(length, "length")
    if wait is None:
        raise UsageTypeError("length must be text such as '2s' or a timedelta, not None")
    return Fault(Latency(wait, real), target, **occasion)


@_knowing_its_keywords
def timeout(
    target: Targets = EVERYTHING, *, phase: Literal["read", "connect"] = "read", **occasion: Unpack[Occasion]
) -> Fault:
    """Return a fault by which calls time out and do nothing; see :func:`lose_answer` for one that is processed.

    Args:
        target: the calls it is for.
        phase: while the client waits for the answer, or for the connection.
        occasion: when it strikes.
    """
    if phase not in _PHASES:
        raise UsageError(
            f"phase: a client times out while it connects or reads, not {phase!r}; {nearest(phase, [*_PHASES])}"
        )
    return Fault(NetworkFailure(_PHASES[phase]), target, **occasion)


@_knowing_its_keywords
def refuse(target: Targets = EVERYTHING, **occasion: Unpack[Occasion]) -> Fault:
    """Return a fault by which there is no connection: nobody listens.

    Args:
        target: the calls it is for.
        occasion: when it strikes.
    """
    return Fault(NetworkFailure("connection_refused"), target, **occasion)


@_knowing_its_keywords
def drop(
    target: Targets = EVERYTHING,
    *,
    how: Literal["disconnected", "connection_reset", "incomplete_body"] = "disconnected",
    **occasion: Unpack[Occasion],
) -> Fault:
    """Return a fault by which the connection is dropped.

    Args:
        target: the calls it is for.
        how: ``disconnected``: the server closes it without a word; ``connection_reset``: it is torn down;
            ``incomplete_body``: it closes in the middle of the answer, so the call was processed.
        occasion: when it strikes.
    """
    return Fault(NetworkFailure(how, processed=how == "incomplete_body"), target, **occasion)


@_knowing_its_keywords
def lose_answer(
    target: Targets = EVERYTHING,
    *,
    how: Literal["read_timeout", "disconnected", "connection_reset", "incomplete_body"] = "read_timeout",
    **occasion: Unpack[Occasion],
) -> Fault:
    """Return a fault by which calls are processed and the client never learns of it: what idempotency keys are for.

    Args:
        target: the calls it is for.
        how: what the client sees instead of the answer.
        occasion: when it strikes.
    """
    return Fault(NetworkFailure(how, processed=True), target, **occasion)


@_knowing_its_keywords
def garble(target: Targets = EVERYTHING, *, how: Garbling = "truncated", **occasion: Unpack[Occasion]) -> Fault:
    """Return a fault by which calls are processed and their answers arrive spoilt, with the status they had.

    Args:
        target: the calls it is for. Those that are answered without a body (204) are left alone.
        how: ``truncated`` and ``malformed`` JSON, ``html`` instead, ``content_type`` text/plain, ``empty``.
        occasion: when it strikes.
    """
    return Fault(GarbledAnswer(how), target, **occasion)
