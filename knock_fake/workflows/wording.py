"""What the events of runs say, in words: every kind of event has a line, made of its own data and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list, as_object
from knock_fake.workflows.condition_values import show_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject

_SKIPS = {
    "preferences": "{decided_by}",
    "missing_recipient_data": "the channel needs {missing}",
    "channel_not_configured": "the channel is not configured: {remedy}",
    "conditions": "conditions are false: {decided_by}",
    "channel_group": "{decided_by}",
    "guide": "{decided_by}",
    "invalid_window": "the window is invalid: {decided_by}",
    "invalid_key": "the key is invalid: {decided_by}",
    "skip_delay": "{decided_by}",
    "workflow_inactive": "{decided_by}",
    "no_user": "{decided_by}",
    "no_tenant": "{decided_by}",
}
"""Why steps are skipped, by the reason in their event."""

_CHANNEL_DATA = {"push": '{"tokens": ["..."]}', "chat": '{"connections": [{"incoming_webhook": {"url": "..."}}]}'}


class _Facts(dict[str, object]):
    """The data of an event; what is not in it is told as unknown."""

    def __missing__(self, key: str) -> str:
        return f"an unknown {key}"


def describe_skip(data: JsonObject) -> str:
    """Return why a step was skipped, from the data of its event."""
    reason = str(data.get("reason"))
    template = _SKIPS.get(reason)
    return template.format_map(_Facts(data)) + _remedy(data) if template else reason


def _remedy(data: JsonObject) -> str:
    """Return how to give channel data, which does not show in a recipient's properties, where that is what lacks."""
    example = _CHANNEL_DATA.get(str(data.get("channel_type")))
    lacks_data = str(data.get("missing")).startswith("channel data")
    return f": identify with channel_data={{<the channel's id>: {example}}}" if example and lacks_data else ""


def _started(data: JsonObject) -> str:
    through = data.get("subscribed_to")
    return "run started" + (f" because of the subscription to {_name(through)}" if through is not None else "")


def _missing(data: JsonObject) -> str:
    return f"recipient missing: {data.get('reason')}: {_identify(data.get('recipient'))}"


def _identify(recipient: Json) -> str:
    """Return how to identify a recipient, a user's id or the reference of an object."""
    if isinstance(recipient, dict):
        collection, identifier = recipient.get("collection"), recipient.get("id")
        inline = f'{{"collection": "{collection}", "id": "{identifier}", ...}}'
        return f'identify it with objects.set("{collection}", "{identifier}", ...) or trigger with {inline}'
    return f'identify with users.update("{recipient}", ...) or trigger with {{"id": "{recipient}", ...}}'


def _invalid_data(data: JsonObject) -> str:
    errors = data.get("errors")
    told = [f"{one.get('field')} {one.get('message')}" for one in _objects(errors)]
    return f"trigger data does not fit the workflow's schema: {'; '.join(told)}"


def _evaluated(what: str) -> Callable[[JsonObject], str]:
    def tell(data: JsonObject) -> str:
        verdict = "true" if data.get("passed") else "false"
        decided_by = data.get("decided_by")
        return f"{what} are {verdict}" + (f": {decided_by}" if decided_by is not None else "")

    return tell


def _not_sent(data: JsonObject) -> str:
    return f"sent nothing on channel {data.get('channel')}: {describe_skip(data)}"


def _fetched(data: JsonObject) -> str:
    request, response = as_object(data.get("request")), as_object(data.get("response"))
    answer = f"answered with {response.get('status')}" if response else "no answer"
    return f"asked {request.get('method')} {request.get('url')}: {answer}{_aside(data)}"


def _asked_model(data: JsonObject) -> str:
    request, response = as_object(data.get("request")), as_object(data.get("response"))
    answer = "refused" if response.get("refusal") is not None else "answered" if response else "no answer"
    return f"asked {request.get('model')}: {answer}{_aside(data)}"


def _aside(data: JsonObject) -> str:
    """Return how long an answer took and who gave it."""
    by, took = data.get("answered_by"), data.get("duration_ms")
    told = [f"after {took} ms"] * bool(took) + [f"by {by}"] * (by is not None)
    return f" ({', '.join(told)})" if told else ""


def _merged(data: JsonObject) -> str:
    path, value = data.get("response_path"), data.get("data")
    if value is None:
        return "merged nothing: the answer has no body"
    return f"put the answer at data.{path}" if path else f"merged {_keys(value)} into the data"


def _set(data: JsonObject) -> str:
    return f"set {_keys(data.get('data'))} in the data"


def _updated(data: JsonObject) -> str:
    before, after = as_object(data.get("before")), as_object(data.get("after"))
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key) and key != "updated_at"]
    return f"updated {_name(data.get('recipient'))}: {', '.join(changed) or 'nothing new'}"


def _entered(data: JsonObject) -> str:
    is_changed = data.get("is_changed", data.get("is_new_member"))
    verb, others = ("took the recipient out of", "found the recipient out of")
    if data.get("action") != "remove":
        verb, others = ("put the recipient into", "found the recipient in")
    return f"{verb if is_changed else others} the audience {data.get('audience')}"


def _triggered(data: JsonObject) -> str:
    recipients = data.get("recipients")
    names = [_name(one) for one in as_list(recipients)]
    return f"triggered {data.get('workflow')}" + (f" for {', '.join(names)}" if names else "")


def _ended(verb: str) -> Callable[[JsonObject], str]:
    def tell(data: JsonObject) -> str:
        reason = data.get("reason")
        return f"run {verb}" + (f": {reason}" if reason is not None else "")

    return tell


_WORDS: Mapping[str, str | Callable[[JsonObject], str]] = {
    "run_started": _started,
    "recipient_missing": _missing,
    "trigger_data_invalid": _invalid_data,
    "trigger_conditions_evaluated": _evaluated("trigger conditions"),
    "trigger_frequency_limited": "run ended: {reason}",
    "run_completed": _ended("completed"),
    "run_halted": _ended("halted"),
    "run_cancelled": _ended("cancelled"),
    "step_conditions_evaluated": _evaluated("conditions"),
    "step_skipped": lambda data: f"skipped: {describe_skip(data)}",
    "step_failed": "failed: {reason}",
    "message_enqueued": "sent: {channel_type} message {message_id}",
    "message_not_enqueued": _not_sent,
    "batch_opened": "collects until {closes_at}",
    "batch_joined": "ended the run: {reason}",
    "batch_closed": "closed with total_activities {total_activities}: {decided_by}",
    "batch_flushed": "lets the first trigger pass and collects until {closes_at}",
    "batch_left": "takes this trigger out of the batch: {reason}",
    "delay_started": "waits until {until}",
    "delay_completed": "has waited",
    "throttled": "ended the run: {reason}",
    "throttle_passed": "lets the run pass, {passed} of {limit} until {closes_at}",
    "fetch_attempted": _fetched,
    "fetch_completed": _merged,
    "agent_attempted": _asked_model,
    "agent_completed": _set,
    "branch_selected": "took branch {branch!r}: {decided_by}",
    "workflow_triggered": _triggered,
    "trigger_loop": "does not trigger {workflow}, which would be {depth} deep",
    "cohort_assigned": "chose cohort {cohort!r}: {decided_by}",
    "data_updated": _set,
    "recipient_updated": _updated,
    "audience_updated": _entered,
    "wait_started": "waits for an event until {until}",
    "wait_timed_out": "waited in vain",
    "wait_matched": "met the event it waited for",
    "wait_conditions_evaluated": "met an event that did not fit: {reason}",
}
"""A line for every kind of event, without the name of the step."""

EVENTS = frozenset(_WORDS)
"""The kinds of events that have a line of their own."""


def describe_event(event: str, step_ref: str | None, data: JsonObject) -> str:
    """Return what an event says, in one line.

    Args:
        event: its kind. One that is not known, such as Knock's own may be, is told with its data.
        step_ref: the step that it happened in, ``None`` for the run itself.
        data: its data.
    """
    words = _WORDS.get(event)
    if words is None:
        line = event.replace("_", " ") + (f": {show_json(data)}" if data else "")
    else:
        line = words.format_map(_Facts(data)) if isinstance(words, str) else words(data)
    return line if step_ref is None or line.startswith("run ") else f"{step_ref} {line}"


def _name(recipient: Json) -> str:
    """Return a recipient in words: a user by its id alone."""
    if not isinstance(recipient, dict):
        return str(recipient)
    collection, identifier = recipient.get("collection"), recipient.get("id")
    return str(identifier) if collection is None else f"{collection}/{identifier}"


def _keys(value: Json) -> str:
    return ", ".join(value) or "no keys" if isinstance(value, dict) else "a value"


def _objects(value: Json) -> list[JsonObject]:
    return [as_object(one) for one in as_list(value)]
