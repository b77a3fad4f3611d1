"""``knock.sources``: events of integration sources, such as Segment, that workflows wait for or are triggered by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import ApiError, UsageError, UsageTypeError
from knock_fake.json_values import json_copy
from knock_fake.signals import SourceEventReceived
from knock_fake.state.runs import TriggerSource
from knock_fake.state.sources import SourceMapping, action_key
from knock_fake.workflows.paths import MISSING, look_up, split_name
from knock_fake.workflows.trigger_bodies import body_errors, cancellation_key_of, complete_body, people_of
from knock_fake.workflows.triggering import start_workflow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.commits import Commits
    from knock_fake.workflows.context import Services


class Sources:
    """Sends events as integration sources would, and says which workflows they trigger."""

    def __init__(self, services: Services, lock: AbstractContextManager[object], commits: Commits) -> None:
        self._services = services
        self._lock = lock
        self._commits = commits

    def connect(
        self,
        source: str,
        event: str,
        *,
        workflow: str,
        recipients: str = "user_id",
        data: str | None = "data",
        actor: str | None = None,
        tenant: str | None = None,
        cancellation_key: str | None = None,
    ) -> None:
        """Let an event trigger a workflow, from now on and beside those that it triggers already.

        Where the parts of the trigger stand in the event is said by paths, as in the mappings of Knock's dashboard:
        ``user_id``, ``data``, ``data.order.customer``. ``None`` leaves a part out.

        Args:
            source: the key of the source, such as ``segment``; it need not be known.
            event: the key of the event, such as ``order_placed``.
            workflow: the key of the workflow, which may be added later.
            recipients: where the id of a user stands, or a list of whatever a trigger takes.
            data: where the trigger data stand.
            actor: where the actor stands.
            tenant: where the tenant stands.
            cancellation_key: where the cancellation key stands.

        Raises:
            UsageError: a path is none. UsageTypeError: an argument is no text.
        """
        _check_texts("connect", source=source, event=event, workflow=workflow)
        given = {
            "recipients": recipients,
            "data": data,
            "actor": actor,
            "tenant": tenant,
            "cancellation_key": cancellation_key,
        }
        paths: JsonObject = {name: _checked_path(name, path) for name, path in given.items() if path is not None}
        with self._lock:
            self._services.state.sources.add(source, event, SourceMapping(workflow, paths))
            self._commits.tell("source_event_action", action_key(source, event, workflow))

    def send(
        self, source: str, event: str, *, user_id: str | None = None, data: Mapping[str, Json] | None = None
    ) -> list[str]:
        """Let an event of a source come in: it ends waits for it, and triggers the workflows that it is connected to.

        Args:
            source: the key of the source, such as ``segment``.
            event: the key of the event, such as ``order_placed``.
            user_id: whom it is about. An event that is about nobody ends the waits of everybody (our choice).
            data: what it brings: ``event.data`` to match conditions.

        Returns:
            The ids of the workflow runs that it started. A workflow that is switched off does not run (our choice).

        Raises:
            UsageError: a workflow that it is connected to is unknown or would refuse the trigger; the event has come
                in all the same.
            UsageTypeError: an argument is of a wrong type.
        """
        _check_texts("send", source=source, event=event, **({} if user_id is None else {"user_id": user_id}))
        brought = json_copy({} if data is None else data, "sources.send: data")
        if not isinstance(brought, dict):
            raise UsageTypeError(f"sources.send: data must be a dict, not {data!r}")
        with self._lock:
            services = self._services
            signal = SourceEventReceived(services.clock.now, source, event, user_id, brought)
            services.state.signals.send(signal)
            started = [self._start(mapping, signal) for mapping in services.state.sources.of(source, event)]
            services.clock.settle()
        return [run_id for run_id in started if run_id is not None]

    def _start(self, mapping: SourceMapping, signal: SourceEventReceived) -> str | None:
        key, workflows = mapping.workflow, self._services.workflows
        if key in workflows and not workflows.is_active(key):
            return None
        event: JsonObject = {"user_id": signal.user_id, "data": signal.data}
        found = {name: look_up(event, split_name(str(path)) or ()) for name, path in mapping.paths.items()}
        parts = {name: None if value is MISSING else value for name, value in found.items()}
        body = complete_body(**parts)
        problem = "; ".join(f"{one.field} {one.message}" for one in body_errors(body))
        if not problem:
            source = TriggerSource("integration", cancellation_key_of(body))
            try:
                return start_workflow(self._services, key, people_of(body), body.get("data"), source)
            except ApiError as error:
                problem = error.hint or str(error)
        raise UsageError(f"sources.send: {signal.source}/{signal.event} cannot trigger {key!r}: {problem}")


def _check_texts(verb: str, **texts: object) -> None:
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise UsageTypeError(f"sources.{verb}: {name} must be text, not {value!r}")


def _checked_path(name: str, path: object) -> str:
    keys = split_name(path) if isinstance(path, str) else None
    if keys is None or keys[0] not in ("user_id", "data"):
        example = "'user_id', 'data' or 'data.order.customer'"
        raise UsageError(f"sources.connect: {name} must be a path such as {example}, not {path!r}")
    return str(path)
