"""Scripted failures: what ``knock.faults.add`` takes, and the functions that make it.

    >>> from knock_fake.faults import fail
    >>> print(fail("workflows.trigger", status=503, times=2))
    503 on workflows.trigger, times 2

``knock.faults.fail(...)`` makes and adds one in a single step; so do the other functions' namesakes there.
"""

from __future__ import annotations

from knock_fake.gateway.faults.attempt import Attempt
from knock_fake.gateway.faults.builders import delay, drop, fail, garble, lose_answer, rate_limit, refuse, timeout
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure
from knock_fake.gateway.faults.fault import Fault
from knock_fake.gateway.faults.storms import Storm, make_storm

__all__ = [
    "Attempt",
    "ErrorAnswer",
    "Fault",
    "GarbledAnswer",
    "Latency",
    "NetworkFailure",
    "Storm",
    "delay",
    "drop",
    "fail",
    "garble",
    "lose_answer",
    "make_storm",
    "rate_limit",
    "refuse",
    "timeout",
]
