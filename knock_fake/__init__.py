"""knock_fake: a stateful, deterministic fake of the Knock API.

``KnockFake`` is one world; :mod:`knock_fake.steps` builds workflow steps; :mod:`knock_fake.errors` has every error.
"""

from __future__ import annotations

from knock_fake.clock import VirtualClock
from knock_fake.errors import (
    ClockError,
    ExpectationError,
    KnockFakeError,
    MissingDependencyError,
    NetworkBlockedError,
    UnknownNameError,
    UsageError,
    UsageTypeError,
    WorkflowDefinitionError,
)
from knock_fake.gateway.faults.fault import Fault
from knock_fake.responders import Answer, ModelAnswer
from knock_fake.timeline import Happening, Timeline
from knock_fake.version import __version__
from knock_fake.world import KnockFake

__all__ = [
    "Answer",
    "ClockError",
    "ExpectationError",
    "Fault",
    "Happening",
    "KnockFake",
    "KnockFakeError",
    "MissingDependencyError",
    "ModelAnswer",
    "NetworkBlockedError",
    "Timeline",
    "UnknownNameError",
    "UsageError",
    "UsageTypeError",
    "VirtualClock",
    "WorkflowDefinitionError",
    "__version__",
]
