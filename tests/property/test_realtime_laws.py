from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.steps import in_app_feed
from tests.realtime.sockets import FEED, Browser

if TYPE_CHECKING:
    from knock_fake.json_types import Json

USERS = ("ann", "bob")
TOPICS = {user: f"feeds:{FEED}:{user}" for user in USERS}

users = st.sampled_from(USERS)
joins = st.tuples(st.just("join"), users)
leaves = st.tuples(st.sampled_from(["leave current", "leave earlier", "leave none"]), users)
triggers = st.tuples(st.just("trigger"), users)


class Model:
    """What a browser has joined: the ref of the last join of each topic, and those before it."""

    def __init__(self) -> None:
        self.current: dict[str, str] = {}
        self.earlier: dict[str, list[str]] = {user: [] for user in USERS}

    def join(self, user: str, ref: str) -> None:
        self.leave(user)
        self.current[user] = ref

    def leave(self, user: str) -> None:
        if (before := self.current.pop(user, None)) is not None:
            self.earlier[user].append(before)


@given(st.lists(joins | leaves | triggers, max_size=25))
def test_who_is_in_a_topic_hears_of_every_item_once_under_its_last_join(deeds: list[tuple[str, str]]) -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("Hello")])
    client, browser, model = world.client(), Browser(world), Model()
    for number, (deed, user) in enumerate(deeds):
        ref, topic = str(number), TOPICS[user]
        if deed == "join":
            browser.send(ref, ref, topic, "phx_join", {"client_a": {}})
            model.join(user, ref)
        elif deed == "trigger":
            client.workflows.trigger("hello", recipients=[{"id": user}])
            told = [frame[:4] for frame in browser.frames() if isinstance(frame, list)]
            expected: list[Json] = [[model.current[user], None, topic, "new-message"]] if user in model.current else []
            assert told == expected
        else:
            named = {"leave current": model.current.get(user), "leave none": None}
            join_ref = named[deed] if deed in named else next(iter(model.earlier[user]), None)
            browser.send(join_ref, ref, topic, "phx_leave", {})
            if join_ref in (None, model.current.get(user)):
                model.leave(user)
        (connection,) = world.realtime.connections
        assert {*connection.topics} == {TOPICS[one] for one in model.current}
