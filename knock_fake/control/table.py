"""The table of all control operations."""

from __future__ import annotations

from knock_fake.control.asking import asking
from knock_fake.control.behaviour import behaviour
from knock_fake.control.bulk_operations import bulk_operations
from knock_fake.control.clock import clock
from knock_fake.control.definitions import definitions
from knock_fake.control.document import document
from knock_fake.control.inspecting import inspecting
from knock_fake.control.realtime import realtime
from knock_fake.control.responders import responders
from knock_fake.control.webhooks import webhooks
from knock_fake.control.worlds_api import worlds

CONTROL_OPERATIONS = (
    *worlds.operations,
    *clock.operations,
    *definitions.operations,
    *responders.operations,
    *webhooks.operations,
    *behaviour.operations,
    *bulk_operations.operations,
    *realtime.operations,
    *asking.operations,
    *inspecting.operations,
    *document.operations,
)
"""Every control operation, as its endpoint declares it."""
