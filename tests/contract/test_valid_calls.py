"""Whatever fits the schemas of an operation is answered by the schema of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from knock_fake.api import OPERATIONS
from tests.contract.answers import check_call
from tests.contract.calls import calls
from tests.worlds import full_world

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Operation
    from tests.contract.answers import Sent

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_what_fits_is_answered_as_declared_and_what_is_refused_changes_nothing(operation: Operation) -> None:
    world = full_world()
    before = world.snapshot()
    statuses = []

    @settings(max_examples=10, suppress_health_check=SLOW)
    @given(calls(operation))
    def answer_one(sent: Sent) -> None:
        world.restore(before)
        statuses.append(check_call(world, sent))

    answer_one()
    assert operation.status in statuses
