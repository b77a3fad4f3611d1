"""One module a step type; each gives a :class:`~knock_fake.workflows.definition.StepType`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.workflows.steps import (
    ai_agent,
    batch,
    branch,
    channel,
    delay,
    http_fetch,
    random_cohort,
    throttle,
    trigger_workflow,
    update_audience,
    update_data,
    update_recipient,
    wait_for_event,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.workflows.step_types import StepType

STEP_TYPES: Mapping[str, StepType] = {
    "batch": batch.STEP_TYPE,
    "ai_agent": ai_agent.STEP_TYPE,
    "branch": branch.STEP_TYPE,
    "channel": channel.STEP_TYPE,
    "delay": delay.STEP_TYPE,
    "http_fetch": http_fetch.STEP_TYPE,
    "random_cohort": random_cohort.STEP_TYPE,
    "throttle": throttle.STEP_TYPE,
    "trigger_workflow": trigger_workflow.STEP_TYPE,
    "update_audience": update_audience.STEP_TYPE,
    "update_object": update_recipient.UPDATE_OBJECT,
    "update_tenant": update_recipient.UPDATE_TENANT,
    "update_user": update_recipient.UPDATE_USER,
    "update_data": update_data.STEP_TYPE,
    "wait_for_event": wait_for_event.STEP_TYPE,
}
"""The step types that this version can run, by Knock's name."""
