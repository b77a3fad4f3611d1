"""The part of a world that says what happened and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from knock_fake.errors import UsageTypeError
from knock_fake.state.references import Reference, read_reference, user

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.explaining.explanation import Explanation
    from knock_fake.gateway.pipeline import Gateway


class Explaining:
    """The part of a world that says what happened and why."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]

    def explain(
        self, recipient: str | Mapping[str, str] | Reference | None = None, workflow: str | None = None
    ) -> Explanation:
        """Say what happened in runs, step by step, and why: by which rule, value and place it came from.

        Everything is read off what the runs recorded. Where nothing ran, near misses are named.

        Args:
            recipient: whose runs: the id of a user, ``"collection/id"`` or ``{"collection": ..., "id": ...}`` of an
                object; everybody's when left out.
            workflow: the runs of this workflow; of every one when left out.

        Returns:
            The explanation: print it, or take ``to_json()``.

        Raises:
            UsageTypeError: an argument is of a wrong type.
        """
        from knock_fake.explaining.explanation import Explanation, asked_for
        from knock_fake.explaining.near_misses import near_misses
        from knock_fake.explaining.records import explain_record

        if workflow is not None and not isinstance(workflow, str):
            raise UsageTypeError(f"explain(): workflow must be the key of one, not {workflow!r}")
        reference = None if recipient is None else _read_recipient(recipient)
        with self._lock:
            found = self._core.state.runs.all() if reference is None else self._core.state.runs.of_recipient(reference)
            runs = [run for run in found if workflow in (None, run.workflow)]
            notes = () if runs else tuple(near_misses(self._core, self._gateway.journal, reference, workflow))
            return Explanation(
                asked_for(None if reference is None else str(reference), workflow),
                tuple(explain_record(run, self._core.state.webhooks) for run in runs),
                notes,
            )


def _read_recipient(value: object) -> Reference:
    if isinstance(value, Reference):
        return value
    if isinstance(value, str):
        collection, separator, identifier = value.partition("/")
        return Reference(collection, identifier) if separator else user(value)
    if isinstance(value, Mapping) and isinstance(value.get("id"), str):
        return read_reference({**value})
    raise UsageTypeError(f"explain(): recipient must be a user's id or the reference of an object, not {value!r}")
