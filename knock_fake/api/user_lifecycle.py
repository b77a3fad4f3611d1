"""Deleting and merging users, with everything that hangs on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.api.schedule_timing import expect_for_another
from knock_fake.state.properties import merge_properties

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.references import Reference

MERGE_WINDOW = timedelta(days=30)
"""Messages younger than this move to the primary user (Knock's docs on merging users)."""


def delete_recipient(core: Core, reference: Reference) -> None:
    """Delete a recipient and what Knock keeps of it, such as messages, runs, subscriptions. Unknown is fine."""
    core.engine.stop_runs_of(reference, "the recipient was deleted")
    core.state.forget(reference)


def merge_users(core: Core, primary: Recipient, secondary: Recipient) -> Recipient:
    """Merge ``secondary`` into ``primary`` and delete it (Knock's docs on merging users).

    The primary's properties win, preference sets and channel data are only added where it has none, recent messages
    move, and paused runs of the secondary stop unsent. Its runs move too, since its messages name them, and so do
    schedules, and what the primary lacks of subscriptions, memberships in audiences, engagements with guides and open
    throttle windows; a membership that moves starts no workflow (all of this is our choice).
    """
    state = core.state
    core.engine.stop_runs_of(secondary.reference, "the recipient was merged into another user")
    # What the primary lacks comes from the secondary; merged the other way round, the primary wins.
    properties = merge_properties(secondary.properties, primary.properties)
    with state.signals.together():
        merged = state.recipients.upsert(primary.reference, properties, primary.created_at or secondary.created_at)
        state.preferences.adopt_missing(primary.reference, secondary.reference)
        state.channel_data.adopt_missing(primary.reference, secondary.reference)
        state.audiences.move(secondary.reference, primary.reference)
    state.messages.move(secondary.reference, primary.reference, core.clock.now - MERGE_WINDOW)
    state.guide_engagements.adopt_missing(primary.reference, secondary.reference)
    state.runs.move(secondary.reference, primary.reference)
    state.subscriptions.move(secondary.reference, primary.reference)
    for schedule in state.schedules.move(secondary.reference, primary.reference):
        expect_for_another(core, schedule)
    state.throttles.adopt_missing(primary.reference, secondary.reference, core.clock.now)
    delete_recipient(core, secondary.reference)
    return merged
