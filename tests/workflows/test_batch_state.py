"""What a batch leaves for templates, conditions, preferences, messages and feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import equal_to, greater_than
from knock_fake.state.references import user
from knock_fake.steps import batch, delay, email, in_app_feed
from tests.workflows.batching import add, go_to, items, text_of, told, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

FEED = "55555555-5555-4555-8555-555555555555"


def collect(knock: KnockFake, api: httpx.Client, step: JsonObject, *triggers: JsonObject) -> None:
    """Add a workflow of a batch step and the item that lists activities; trigger it and let the batch close."""
    add(knock, step)
    for one in triggers:
        trigger(api, **one)
    knock.clock.run_until_idle()


def by(actor: str, **data: Json) -> JsonObject:
    return {"actor": {"id": actor, "name": actor.title()}, "data": data}


def said(knock: KnockFake, api: httpx.Client, template: str, *triggers: JsonObject, step: JsonObject) -> str:
    """Return what a template says after a batch."""
    knock.workflows.add("digest", steps=[step, in_app_feed(template)])
    for one in triggers:
        trigger(api, **one)
    knock.clock.run_until_idle()
    return text_of(items(knock)[-1])


# -- templates ---------------------------------------------------------------------------------------------

NUMBERED = [by("bob" if number % 2 else "ann", n=number) for number in range(1, 13)]


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (batch("10m"), "12: 1 2 3 4 5 6 7 8 9 10"),
        (batch("10m", order="desc"), "12: 3 4 5 6 7 8 9 10 11 12"),
        (batch("10m", render_limit=3), "12: 1 2 3"),
        (batch("10m", render_limit=3, order="desc"), "12: 10 11 12"),
        (batch("10m", render_limit=100, order="desc"), "12: 1 2 3 4 5 6 7 8 9 10 11 12"),
    ],
)
def test_templates_see_the_first_or_the_last_activities_oldest_first(
    knock: KnockFake, api: httpx.Client, step: JsonObject, text: str
) -> None:
    collect(knock, api, step, *NUMBERED)
    assert told(knock) == [(10, text)]


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (batch("10m"), "3: Bob Ann Eve"),
        (batch("10m", render_limit=2), "3: Bob Ann"),
        (batch("10m", render_limit=2, order="desc"), "3: Ann Eve"),
    ],
)
def test_templates_see_each_actor_once(knock: KnockFake, api: httpx.Client, step: JsonObject, text: str) -> None:
    template = "{{ total_actors }}: {% for actor in actors %}{{ actor.name }} {% endfor %}"
    triggers: list[JsonObject] = [by("bob"), {"data": {}}, by("ann"), by("bob"), by("eve"), by("ann")]
    assert said(knock, api, template, *triggers, step=step) == text


def test_an_activity_has_its_own_data_actor_and_time(knock: KnockFake, api: httpx.Client) -> None:
    template = (
        "{% for activity in activities %}{{ activity.actor.name }} {{ activity.recipient.name }} {{ activity.page }} "
        "{{ activity.data.page }} {{ activity.nested.id }} {{ activity.inserted_at }}. {% endfor %}"
    )
    knock.workflows.add("digest", steps=[batch("10m"), in_app_feed(template)])
    trigger(api, **by("bob", page="A", nested={"id": 1}))
    go_to(knock, 2)
    trigger(api, **by("ann", page="B", nested={"id": 2}))
    knock.clock.run_until_idle()
    assert text_of(items(knock)[0]) == (
        "Bob Jane A A 1 2026-01-01T00:00:00.000000Z. Ann Jane B B 2 2026-01-01T00:02:00.000000Z."
    )


def test_totals_are_conditions_too(knock: KnockFake, api: httpx.Client) -> None:
    many = in_app_feed("many", conditions={"all": [greater_than("run.total_activities", 2)]})
    two = in_app_feed("two", conditions={"all": [equal_to("run.total_actors", 2)]})
    knock.workflows.add("digest", steps=[batch("10m"), many, two])
    for actor in ("bob", "ann", "bob"):
        trigger(api, **by(actor))
    knock.clock.run_until_idle()
    assert [text_of(item) for item in items(knock)] == ["many", "two"]


# -- data --------------------------------------------------------------------------------------------------


def test_data_are_combined_flat_and_cut(knock: KnockFake, api: httpx.Client) -> None:
    collect(
        knock,
        api,
        batch("10m"),
        {"data": {"page": "A", "count": 1, "only": None, "nested": {"a": 1}, "list": [1]}},
        {"data": {"page": "B", "open": True, "text": "x" * 300, "nested": 5}},
    )
    data: JsonObject = {"page": "B", "count": 1, "only": None, "open": True, "text": "x" * 256, "nested": 5}
    assert items(knock)[0].data == data
    shown = api.get(f"/v1/messages/{items(knock)[0].id}").json()
    assert shown["data"] == data


def test_data_of_a_single_activity_are_flat_too(knock: KnockFake, api: httpx.Client) -> None:
    collect(knock, api, batch("10m"), {"data": {"page": "A", "nested": {"a": 1}}})
    assert items(knock)[0].data == {"page": "A"}


@pytest.mark.parametrize(("order", "data"), [("asc", {"n": 2, "a": 1, "b": 1}), ("desc", {"n": 3, "b": 1, "c": 1})])
def test_data_are_those_of_the_rendered_activities(
    knock: KnockFake, api: httpx.Client, order: str, data: JsonObject
) -> None:
    step = batch("10m", render_limit=2, order="asc" if order == "asc" else "desc")
    collect(knock, api, step, {"data": {"n": 1, "a": 1}}, {"data": {"n": 2, "b": 1}}, {"data": {"n": 3, "c": 1}})
    assert items(knock)[0].data == data


def test_messages_are_found_by_the_combined_data(knock: KnockFake, api: httpx.Client) -> None:
    collect(knock, api, batch("10m"), {"data": {"page": "A"}}, {"data": {"page": "B"}})
    found = [
        len(api.get("/v1/messages", params={"trigger_data": f'{{"page":"{page}"}}'}).json()["items"]) for page in "AB"
    ]
    assert found == [0, 1]


def test_data_that_steps_before_have_changed_are_what_is_batched(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, delay("1m"), batch("10m"))
    trigger(api, data={"n": 1})
    run = next(iter(knock.state.runs))
    knock.state.runs.set_data(run, {"n": "one", "more": "yes"})
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    assert told(knock) == [(11, "2: one 2")]
    assert items(knock)[0].data == {"n": 2, "more": "yes"}


# -- preferences -------------------------------------------------------------------------------------------


def test_preference_conditions_see_the_first_activity_only(knock: KnockFake, api: httpx.Client) -> None:
    only_a: JsonObject = {"workflows": {"digest": {"conditions": [equal_to("data.page", "A")]}}}
    jane: JsonObject = {"id": "jane", "preferences": {"default": only_a}}
    add(knock, batch("10m", order="desc", render_limit=1))
    for page in ("A", "B"):
        trigger(api, [jane], data={"page": page, "n": page})
    knock.clock.run_until_idle()
    for page in ("B", "A"):
        trigger(api, [jane], data={"page": page, "n": page})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "2: B")]


def test_step_conditions_see_the_combined_data(knock: KnockFake, api: httpx.Client) -> None:
    step = in_app_feed("B", conditions={"all": [equal_to("data.page", "B")]})
    knock.workflows.add("digest", steps=[batch("10m"), step])
    for page in ("A", "B"):
        trigger(api, data={"page": page})
    knock.clock.run_until_idle()
    assert [text_of(item) for item in items(knock)] == ["B"]


# -- messages and feeds ------------------------------------------------------------------------------------


def test_a_message_names_ten_actors_and_its_feed_item_counts_all(knock: KnockFake, api: httpx.Client) -> None:
    collect(knock, api, batch("10m", render_limit=12), *(by(f"actor-{number}", n=number) for number in range(1, 14)))
    message = api.get(f"/v1/messages/{items(knock)[0].id}").json()
    ten = [f"actor-{number}" for number in range(1, 11)]
    assert message["actors"] == ten
    (item,) = api.get(f"/v1/users/jane/feeds/{FEED}").json()["entries"]
    assert [actor["id"] for actor in item["actors"]] == ten
    assert (item["total_activities"], item["total_actors"]) == (13, 13)
    assert [activity["data"] for activity in item["activities"]] == [{"n": number} for number in range(1, 13)]
    assert [activity["actor"]["name"] for activity in item["activities"]][:2] == ["Actor-1", "Actor-2"]


def test_the_last_actors_are_named_where_the_last_activities_are(knock: KnockFake, api: httpx.Client) -> None:
    step = batch("10m", render_limit=12, order="desc")
    collect(knock, api, step, *(by(f"actor-{number}") for number in range(1, 14)))
    assert items(knock)[0].actors == tuple(user(f"actor-{number}") for number in range(4, 14))


def test_a_compact_feed_item_after_a_batch(knock: KnockFake, api: httpx.Client) -> None:
    collect(knock, api, batch("10m"), by("bob", n=1), by("ann", n=2))
    (item,) = api.get(f"/v1/users/jane/feeds/{FEED}", params={"mode": "compact"}).json()["entries"]
    assert ([actor["id"] for actor in item["actors"]], item["total_actors"]) == (["bob"], 2)
    assert "activities" not in item


def test_the_activities_of_a_message_are_listed_newest_first(knock: KnockFake, api: httpx.Client) -> None:
    collect(knock, api, batch("10m", render_limit=3), *NUMBERED)
    identifier = items(knock)[0].id
    first = api.get(f"/v1/messages/{identifier}/activities", params={"page_size": 2}).json()
    assert [one["data"]["n"] for one in first["items"]] == [3, 2]
    after = {"page_size": 2, "after": first["page_info"]["after"]}
    second = api.get(f"/v1/messages/{identifier}/activities", params=after).json()
    assert ([one["data"]["n"] for one in second["items"]], second["page_info"]["after"]) == ([1], None)


def test_activities_stand_in_the_order_of_their_triggers(knock: KnockFake, api: httpx.Client) -> None:
    """A delay before the batch lets them arrive the other way round; message activities are paged by their place."""
    add(knock, delay(until="data.wait"), batch("10m"))
    for number, minutes in ((1, 3), (2, 1), (3, 2)):
        trigger(api, data={"n": number, "wait": {"unit": "minutes", "value": minutes}})
    knock.clock.run_until_idle()
    assert told(knock) == [(11, "3: 1 2 3")]


def test_every_message_after_a_batch_tells_of_all_of_it(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[batch("10m"), in_app_feed("Hi"), delay("1h"), email("Hi", "Hi")])
    for actor in ("bob", "ann"):
        trigger(api, [{"id": "jane", "email": "jane@example.com"}], **by(actor))
    knock.clock.run_until_idle()
    assert [(message.total_activities, message.total_actors) for message in items(knock)] == [(2, 2)] * 2
    assert len({message.workflow_recipient_run_id for message in items(knock)}) == 1
