"""Builders of workflow steps: typed functions that return Knock's own step JSON.

    >>> from knock_fake.steps import delay, email
    >>> delay("2h")
    {'type': 'delay', 'settings': {'delay_for': {'unit': 'hours', 'value': 2}}}

Every text of a template is Liquid and sees the variables of the run, such as ``{{ recipient.name }}`` and
``{{ data.total }}``. A builder looks at the types of its arguments only; whether the step can be run is
checked when the workflow is added. Whatever else Knock's step JSON can hold, put it into the returned dict.
"""

from __future__ import annotations

from knock_fake.steps._options import ChannelOptions, ForkOptions, StepOptions
from knock_fake.steps.branching import branch, cohort, experiment, otherwise, when
from knock_fake.steps.channels import chat, email, in_app_feed, push, sms, webhook
from knock_fake.steps.flow import delay
from knock_fake.steps.outside import ai_agent, http_fetch, update_data
from knock_fake.steps.sending import in_app_guide, send_window
from knock_fake.steps.triggers import trigger_workflow
from knock_fake.steps.updates import update_audience, update_object, update_tenant, update_user
from knock_fake.steps.waits import (
    audience_event,
    message_event,
    recipient_event,
    source_event,
    wait_for_event,
    workflow_event,
)
from knock_fake.steps.windows import batch, throttle

__all__ = [
    "ChannelOptions",
    "ForkOptions",
    "StepOptions",
    "ai_agent",
    "audience_event",
    "batch",
    "branch",
    "chat",
    "cohort",
    "delay",
    "email",
    "experiment",
    "http_fetch",
    "in_app_feed",
    "in_app_guide",
    "message_event",
    "otherwise",
    "push",
    "recipient_event",
    "send_window",
    "sms",
    "source_event",
    "throttle",
    "trigger_workflow",
    "update_audience",
    "update_data",
    "update_object",
    "update_tenant",
    "update_user",
    "wait_for_event",
    "webhook",
    "when",
    "workflow_event",
]
