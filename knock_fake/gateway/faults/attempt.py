"""One call as the rules see it: before authentication and validation, whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import parse_qs

from knock_fake.errors import ApiError
from knock_fake.gateway.bodies import decode_body
from knock_fake.json_types import as_list
from knock_fake.state.references import USERS, Reference, user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from knock_fake.gateway.call import Call
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json

_WORKFLOW_IN_BODY = ("schedules.create", "notify.trigger", "notify.cancel", "schedules.bulk.create")
_WORKFLOW_IN_QUERY = (
    "schedules.list",
    "users.list_schedules",
    "objects.list_schedules",
    "workflow_recipient_runs.list",
)
_RECIPIENTS_IN_BODY = (
    "workflows.trigger",
    "workflows.cancel",
    "notify.trigger",
    "notify.cancel",
    "schedules.create",
    "schedules.bulk.create",
    "objects.add_subscriptions",
    "objects.delete_subscriptions",
)


def carries_workflow(operation: Operation) -> bool:
    """Whether calls of an operation name a workflow."""
    return (
        operation.path.startswith("/v1/workflows/{key}")
        or operation.name in _WORKFLOW_IN_BODY
        or operation.name in _WORKFLOW_IN_QUERY
    )


def carries_recipient(operation: Operation) -> bool:
    """Whether calls of an operation name a recipient: a user or object in the path, or recipients in the body."""
    return "/{user_id}" in operation.path or _names_object(operation) or operation.name in _RECIPIENTS_IN_BODY


def carries_body(operation: Operation) -> bool:
    """Whether calls of an operation have a body."""
    return operation.method != "GET"


@dataclass(frozen=True)
class Attempt:
    """A call that rules may strike; what a fault's ``when`` and ``body`` are given to judge.

    Attributes:
        call: method, path, headers and bytes.
        operation: what it asks for, such as ``users.update``; ``None`` for a path that nothing answers.
        params: the decoded segments of its path by name.
        at: the instant (UTC) on the world's clock.
    """

    call: Call
    declaration: Operation | None
    params: dict[str, str]
    at: datetime

    @property
    def operation(self) -> str | None:
        """The operation's name."""
        return None if self.declaration is None else self.declaration.name

    @cached_property
    def body(self) -> Json:
        """The decoded body: ``{}`` for an empty one, ``None`` for one that is no JSON."""
        try:
            return decode_body(self.call)
        except ApiError:
            return None

    @property
    def api_key(self) -> str:
        """The key that it came with, known or not; empty without one."""
        return self.call.headers.get("authorization", "").partition(" ")[2].strip()

    @cached_property
    def workflows(self) -> frozenset[str]:
        """The keys of the workflows that it names."""
        if self.declaration is None or not carries_workflow(self.declaration):
            return frozenset()
        if self.declaration.path.startswith("/v1/workflows/"):
            return frozenset({self.params["key"]})
        if self.operation in _WORKFLOW_IN_QUERY:
            return frozenset(parse_qs(self.call.query).get("workflow", ()))
        key = "name" if self.operation in ("notify.trigger", "notify.cancel") else "workflow"
        return frozenset(text for row in self._rows() if isinstance(text := row.get(key), str))

    @cached_property
    def recipients(self) -> frozenset[Reference]:
        """The users and objects that it names: in its path, and as recipients in its body."""
        if self.declaration is None:
            return frozenset()
        found = set(self._in_path(self.declaration))
        if self.operation in _RECIPIENTS_IN_BODY:
            found.update(self._in_body())
        return frozenset(found)

    def _in_path(self, operation: Operation) -> Iterator[Reference]:
        if "user_id" in self.params:
            yield user(self.params["user_id"])
        if _names_object(operation):
            yield Reference(self.params["collection"], self.params.get("object_id") or self.params["id"])

    def _in_body(self) -> Iterator[Reference]:
        for row in self._rows():
            for value in [*as_list(row.get("recipients")), row.get("recipient")]:
                if (reference := _reference(value)) is not None:
                    yield reference

    def _rows(self) -> Iterator[dict[str, Json]]:
        if not _is_object(self.body):
            return
        yield self.body
        rows = self.body.get("schedules") if self.operation == "schedules.bulk.create" else None
        yield from filter(_is_object, as_list(rows))


def _names_object(operation: Operation) -> bool:
    return "/{collection}/{object_id}" in operation.path or "/{collection}/{id}" in operation.path


def _is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def _reference(value: Json) -> Reference | None:
    identifier = value.get("id") if isinstance(value, dict) else value
    if not isinstance(identifier, str):
        return None
    collection = value.get("collection") if isinstance(value, dict) else None
    return Reference(collection if isinstance(collection, str) else USERS, identifier)
