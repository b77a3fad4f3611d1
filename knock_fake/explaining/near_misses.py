"""Why there may be no run: names that are nearly right, what else ran, and calls that were refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from knock_fake.errors import nearest
from knock_fake.state.references import USERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from knock_fake.core import Core
    from knock_fake.gateway.journal import Entry, Journal
    from knock_fake.state.references import Reference

_MAX_LISTED = 5


def near_misses(core: Core, journal: Journal, recipient: Reference | None, workflow: str | None) -> Iterator[str]:
    """Yield what a world knows about runs that there are not, a line each.

    Args:
        core: the world's environment.
        journal: the calls that reached it.
        recipient: whom a run was looked for, ``None`` for anybody.
        workflow: the workflow that was to run, ``None`` for any.
    """
    if workflow is not None:
        yield from _about_workflow(core, workflow)
    if recipient is not None:
        yield from _about_recipient(core, recipient)
    refused = [entry for entry in journal if entry.reply.status >= 400 and _names(entry, recipient, workflow)]
    for entry in refused[-_MAX_LISTED:]:
        yield f"refused: {entry}"
    if not any(entry.operation in ("workflows.trigger", "notify.trigger") for entry in journal):
        yield "no call of this world's has triggered anything: does your code reach it?"


def _about_workflow(core: Core, workflow: str) -> Iterator[str]:
    if core.workflows.get(workflow) is None:
        yield f"there is no workflow {workflow!r}: {core.workflows.suggest(workflow)}"
    elif not core.workflows.is_active(workflow):
        yield f"the workflow {workflow!r} is switched off: triggers are refused"
    others = _listed(str(run.recipient) for run in core.state.runs.of_workflow(workflow))
    if others:
        yield f"{workflow} ran for {others}"


def _about_recipient(core: Core, recipient: Reference) -> Iterator[str]:
    if core.state.recipients.get(recipient) is None:
        known = [str(one.reference) for one in core.state.recipients.in_collection(recipient.collection)]
        noun = "user" if recipient.collection == USERS else "object"
        yield f"nobody identified the {noun} {str(recipient)!r}: {nearest(str(recipient), known)}"
    others = _listed(run.workflow for run in core.state.runs.of_recipient(recipient))
    if others:
        yield f"for {recipient} ran {others}"


def _listed(names: Iterable[str]) -> str:
    counted = Counter(names)
    told = [name if count == 1 else f"{name} ({count}x)" for name, count in counted.most_common(_MAX_LISTED)]
    more = len(counted) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _names(entry: Entry, recipient: Reference | None, workflow: str | None) -> bool:
    """Whether a call names what was looked for, in its path or its body; where nothing special was, each does."""
    names = [name for name in (workflow, None if recipient is None else recipient.id) if name is not None]
    body = entry.call.body.decode("utf-8", "replace")
    return not names or any(f"/{name}" in entry.call.path or f'"{name}"' in body for name in names)
