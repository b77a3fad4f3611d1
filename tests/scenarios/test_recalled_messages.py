from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.timestamps import show_instant
from tests.scenarios.test_laying import laid, refused

if TYPE_CHECKING:
    from knock_fake.json_types import Json

WAITING = "status: paused, step: wait, resumes_at: 2026-03-27T20:00:00Z"
MESSAGE = (
    "channel: in-app-feed, recipient: jane, workflow: later, workflow_recipient_run_id: run, "
    "template: {markdown_body: Hi}"
)


EXPLAINED = """\
later for jane: completed, 1 message
  started by a call of Knock's API
  2026-03-27T16:00:00Z  run started
  2026-03-27T16:00:00Z  hello sent: in_app_feed message a
                        the message is delivered
  2026-03-27T16:00:00Z  run completed: a scenario says so"""


def history(run: str, *messages: str) -> KnockFake:
    """Return a world in which a run made messages."""
    made = "".join(f"  - {{{MESSAGE}, {message}}}\n" for message in messages)
    return laid(f"runs:\n  - {{id: run, workflow: later, recipient: jane, {run}}}\nmessages:\n{made}")


def decisions(world: KnockFake) -> list[tuple[str, str | None, Json, str]]:
    return [
        (one.event, one.step_ref, (one.data or {}).get("message_id"), show_instant(one.at)[11:16])
        for one in world.runs.one(id="run").events
    ]


@pytest.mark.parametrize(
    ("run", "end", "ref"),
    [
        ("status: completed", "run_completed", None),
        ("status: cancelled", "run_cancelled", None),
        (WAITING, "delay_started", "wait"),
    ],
)
def test_a_run_has_made_the_messages_that_name_it_before_it_ended_or_went_to_wait(
    run: str, end: str, ref: str | None
) -> None:
    world = history(f"{run}, inserted_at: 2026-03-27T16:00:00Z", "id: a", "id: b, inserted_at: 2026-03-27T17:00:00Z")
    assert decisions(world) == [
        ("run_started", None, None, "16:00"),
        ("message_enqueued", "in_app_feed_1", "b", "17:00"),
        ("message_enqueued", "in_app_feed_1", "a", "18:00"),
        (end, ref, None, "18:00"),
    ]
    assert show_instant(world.runs.one(id="run").updated_at) == "2026-03-27T18:00:00.000000Z"


def test_the_messages_of_a_run_are_found_by_it_and_explained_with_it() -> None:
    world = history("inserted_at: 2026-03-27T16:00:00Z", "id: a, step_ref: hello, inserted_at: 2026-03-27T16:00:00Z")
    client = world.client()
    found = client.messages.list(workflow_recipient_run_id="run")
    assert [one.id for one in found] == ["a"]
    assert str(world.explain("jane")) == EXPLAINED


def test_a_run_that_waits_goes_on_and_makes_further_messages() -> None:
    world = history(WAITING, "id: a")
    world.clock.advance("2h")
    (recalled, made) = world.runs.one(id="run").messages
    assert recalled.id == "a"
    assert decisions(world) == [
        ("run_started", None, None, "18:00"),
        ("message_enqueued", "in_app_feed_1", "a", "18:00"),
        ("delay_started", "wait", None, "18:00"),
        ("delay_completed", "wait", None, "20:00"),
        ("message_enqueued", "in_app_feed_1", made.id, "20:00"),
        ("run_completed", None, None, "20:00"),
    ]


def test_a_recalled_run_is_saved_with_its_messages() -> None:
    world = history(WAITING, "id: a", "id: b")
    other = KnockFake()
    other.become(world.to_json())
    assert decisions(other) == decisions(world)
    other.clock.advance("2h")
    world.clock.advance("2h")
    assert decisions(other) == decisions(world)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("workflow: hello", "the run 'run' is one of later for jane, not of hello for jane"),
        ("recipient: joe", "the run 'run' is one of later for jane, not of later for joe"),
    ],
)
def test_a_run_that_cannot_have_made_a_message_is_refused(other: str, told: str) -> None:
    name = other.partition(":")[0]
    message = ", ".join([one for one in MESSAGE.split(", ") if not one.startswith(name + ":")] + [other])
    runs = "runs:\n  - {id: run, workflow: later, recipient: jane}\n"
    problems = refused(f"  - {{id: joe}}\n{runs}messages:\n  - {{{message}}}\n")
    assert problems == [f"world.yaml:11: messages.0.workflow_recipient_run_id: {told}: name one of its own, or none"]
