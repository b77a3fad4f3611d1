"""A state machine that triggers, cancels, lets time pass and changes preferences, against a small model."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from knock_fake import KnockFake
from knock_fake.conditions import equal_to
from knock_fake.delivery.transitions import successors
from knock_fake.steps import (
    batch,
    branch,
    delay,
    email,
    in_app_feed,
    otherwise,
    recipient_event,
    send_window,
    sms,
    throttle,
    update_data,
    wait_for_event,
    when,
)
from tests.property.deeds import Deed, advance, request

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message

PEOPLE = ("jane", "john")
OPEN_FROM, OPEN_UNTIL = 9, 17
WORKFLOWS = ("collected", "later", "mailed", "held", "chosen", "waiting")

people = st.sampled_from(PEOPLE)
several = st.lists(people, min_size=1, unique=True)
keys = st.sampled_from(["k1", "k2"])
minutes = st.sampled_from([1, 10, 30, 60, 600, 1440])


def make_world() -> KnockFake:
    """Return a world with a workflow for everything that the model knows of."""
    world = KnockFake()
    add = world.workflows.add
    add("collected", steps=[batch("30m", max_items=4), in_app_feed("{{ total_activities }}")])
    add("later", steps=[delay("1h"), email("S", "B"), delay("1h"), in_app_feed("{{ data.n }}")])
    add(
        "mailed",
        steps=[email("S", "B"), sms("B", send_windows=send_window(f"{OPEN_FROM:02}:00", f"{OPEN_UNTIL:02}:00"))],
    )
    add("held", steps=[throttle("1h", limit=2), in_app_feed("B")])
    add("chosen", steps=[branch(when(equal_to("data.n", 1), [in_app_feed("one")]), otherwise([email("S", "B")]))])
    add("waiting", steps=[update_data({"seen": True}), wait_for_event(recipient_event()), in_app_feed("B")])
    for name in PEOPLE:
        request("PUT", f"/v1/users/{name}", {"email": f"{name}@example.com", "phone_number": "+1555"})(world)
    return world


class Engine(RuleBasedStateMachine):
    """What is done is done to one world and written down, so that another one can live through it again."""

    def __init__(self) -> None:
        super().__init__()
        self.world = make_world()
        self.done: list[Deed] = []
        self.seen: list[str] = []
        self.triggers: Counter[str] = Counter()
        self.cancelled_before: dict[str, tuple[int, int]] = {}
        self.email_is_off: dict[str, bool] = dict.fromkeys(PEOPLE, False)

    def do(self, deed: Deed) -> None:
        self.done.append(deed)
        self.seen.append(deed(self.world))

    @rule(
        workflow=st.sampled_from(WORKFLOWS),
        names=st.lists(people, min_size=1, unique=True),
        key=keys,
        n=st.integers(0, 2),
    )
    def trigger(self, workflow: str, names: list[str], key: str, n: int) -> None:
        body: JsonObject = {"recipients": [*names], "cancellation_key": key, "data": {"n": n}}
        mails = len([one for one in self.world.state.messages if one.channel.type == "email"])
        self.do(request("POST", f"/v1/workflows/{workflow}/trigger", body))
        self.triggers[workflow] += len(names)
        if workflow == "mailed":
            made = len([one for one in self.world.state.messages if one.channel.type == "email"]) - mails
            assert made == len([name for name in names if not self.email_is_off[name]])

    @rule(workflow=st.sampled_from(["collected", "later", "waiting"]), key=keys)
    def cancel(self, workflow: str, key: str) -> None:
        self.do(request("POST", f"/v1/workflows/{workflow}/cancel", {"cancellation_key": key}))
        for run in self.world.state.runs.cancellable(workflow, key):
            assert run.status in ("completed", "cancelled") or workflow == "collected"
            if run.status == "cancelled":
                self.cancelled_before.setdefault(run.id, (len(run.messages), len(run.events)))

    @rule(length=minutes)
    def let_time_pass(self, length: int) -> None:
        self.do(advance(length))

    @rule(name=people, is_off=st.booleans())
    def change_preferences(self, name: str, is_off: bool) -> None:
        body: JsonObject = {"channel_types": {"email": not is_off}}
        self.do(request("PUT", f"/v1/users/{name}/preferences/default", body))
        self.email_is_off[name] = is_off

    @rule(name=people)
    def change_the_user(self, name: str) -> None:
        self.do(request("PUT", f"/v1/users/{name}", {"count": len(self.done)}))

    @invariant()
    def nothing_follows_a_cancellation(self) -> None:
        for run_id, before in self.cancelled_before.items():
            run = self.world.state.runs.get(run_id)
            assert run is not None
            assert (len(run.messages), len(run.events)) == before

    @invariant()
    def every_trigger_has_its_run_and_every_run_its_end(self) -> None:
        counted = Counter(run.workflow for run in self.world.state.runs)
        assert counted == self.triggers
        for run in self.world.state.runs:
            waits = run.timer is not None and not (run.timer.fired or run.timer.cancelled)
            assert waits == (run.status in ("queued", "paused"))

    @invariant()
    def every_trigger_is_in_one_batch_at_most(self) -> None:
        items = [item for item in self.world.state.messages if item.source.key == "collected"]
        told = Counter(activity.sequence for item in items for activity in item.activities)
        assert max(told.values(), default=1) == 1
        assert all(1 <= len(item.activities) <= 4 for item in items)
        assert all(item.content["blocks"][0]["rendered"] == f"<p>{len(item.activities)}</p>" for item in items)  # type: ignore[index, call-overload]

    @invariant()
    def nothing_is_sent_in_a_closed_window(self) -> None:
        for message in self.world.state.messages:
            if message.channel.type == "sms":
                sent = [event.at for event in message.events if event.type == "sent"]
                assert all(is_open(at) for at in sent)
                assert sent or not is_open(message.inserted_at)

    @invariant()
    def statuses_move_as_allowed(self) -> None:
        for message in self.world.state.messages:
            statuses = [event.type for event in message.events if event.type != "created"]
            for before, after in itertools.pairwise(statuses):
                assert after in successors(message.channel.type, before)  # type: ignore[arg-type]
            assert message.status == statuses[-1]

    @invariant()
    def at_most_two_pass_the_throttle_in_an_hour(self) -> None:
        for name in PEOPLE:
            at = [item.inserted_at for item in items_of(self.world, "held", name)]
            assert all(later - first >= timedelta(hours=1) for first, later in zip(at, at[2:], strict=False))

    @precondition(lambda self: self.world.clock.pending())
    @rule()
    def finish_what_waits(self) -> None:
        self.do(lambda world: str(world.clock.advance("2d")))
        open_runs = [run for run in self.world.state.runs if not run.is_over]
        assert all(run.workflow == "waiting" for run in open_runs)

    def teardown(self) -> None:
        """A second world that lives through the same answers alike and has the same timeline."""
        again = make_world()
        assert [deed(again) for deed in self.done] == self.seen
        assert [str(entry) for entry in again.journal] == [str(entry) for entry in self.world.journal]


def is_open(at: datetime) -> bool:
    return OPEN_FROM <= at.hour < OPEN_UNTIL


def items_of(world: KnockFake, workflow: str, name: str) -> list[Message]:
    return [one for one in world.state.messages if one.source.key == workflow and one.recipient.id == name]


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=40, stateful_step_count=25)
