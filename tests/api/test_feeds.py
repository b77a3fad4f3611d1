from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

EMAIL = "11111111-1111-4111-8111-111111111111"
CHANNEL = "55555555-5555-4555-8555-555555555555"
FEED = f"/v1/users/jane/feeds/{CHANNEL}"
START = "2026-01-01T00:00:00.000000Z"
PAGE_INFO = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}


def identifiers(feed: httpx.Response) -> list[str]:
    assert feed.status_code == 200, feed.text
    return [item["id"] for item in feed.json()["entries"]]


def test_a_feed_item_shows_everything_known_of_it(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add(
        "hello",
        steps=[in_app_feed("Hi **{{ data.name }}**", action_url="https://example.com", buttons=[("Go", "/go")])],
        categories=["social"],
    )
    body = {
        "recipients": [{"id": "jane", "name": "Jane"}],
        "actor": {"id": "joe"},
        "tenant": "acme",
        "data": {"name": "you", "nested": {"a": [1]}},
    }
    api.post("/v1/workflows/hello/trigger", json=body)
    feed = api.get(FEED).json()
    (item,) = feed["entries"]
    jane = {"__typename": "User", "id": "jane", "name": "Jane", "created_at": None, "updated_at": START}
    joe = {"__typename": "User", "id": "joe", "created_at": None, "updated_at": START}
    message = api.get(f"/v1/messages/{item['id']}").json()
    assert item == {
        "__typename": "FeedItem",
        "__cursor": item["__cursor"],
        "id": message["id"],
        "activities": [
            {
                "__typename": "Activity",
                "id": item["activities"][0]["id"],
                "actor": joe,
                "recipient": jane,
                "data": {"name": "you", "nested": {"a": [1]}},
                "inserted_at": START,
                "updated_at": START,
            }
        ],
        "total_activities": 1,
        "actors": [joe],
        "total_actors": 1,
        "blocks": item["blocks"],
        "data": {"name": "you", "nested": {"a": [1]}},
        "source": {
            "__typename": "Workflow",
            "key": "hello",
            "version_id": message["source"]["version_id"],
            "categories": ["social"],
        },
        "tenant": "acme",
        "seen_at": None,
        "read_at": None,
        "interacted_at": None,
        "link_clicked_at": None,
        "clicked_at": None,
        "archived_at": None,
        "inserted_at": START,
        "updated_at": START,
    }
    assert item["blocks"][0] == {
        "name": "body",
        "type": "markdown",
        "content": "Hi **{{ data.name }}**",
        "rendered": "<p>Hi <strong>you</strong></p>",
    }
    assert item["blocks"] == api.get(f"/v1/messages/{item['id']}/content").json()["data"]["blocks"]
    assert feed == {
        "entries": [item],
        "meta": {"__typename": "FeedMetadata", "total_count": 1, "unread_count": 1, "unseen_count": 1},
        "page_info": PAGE_INFO,
        "vars": {},
    }


@pytest.mark.parametrize("identified", [True, False])
def test_a_user_without_items_has_an_empty_feed(api: httpx.Client, identified: bool) -> None:
    if identified:
        api.put("/v1/users/jane", json={})
    assert api.get(FEED).json() == {
        "entries": [],
        "meta": {"__typename": "FeedMetadata", "total_count": 0, "unread_count": 0, "unseen_count": 0},
        "page_info": PAGE_INFO,
        "vars": {},
    }


@pytest.mark.parametrize("channel", ["in-app-feed", EMAIL, "11111111-2222-4333-8444-555555555555"])
@pytest.mark.parametrize("part", ["", "/settings"])
def test_only_in_app_feed_channels_have_feeds(api: httpx.Client, channel: str, part: str) -> None:
    refused = api.get(f"/v1/users/jane/feeds/{channel}{part}")
    assert (refused.status_code, refused.json()) == (
        404,
        {
            "code": "channel_invalid",
            "message": f"The channel {channel} is not configured in this environment.",
            "status": 404,
            "type": "invalid_request_error",
        },
    )
    remedy = f"the in-app feed channel 'in-app-feed' has the id {CHANNEL}"
    assert refused.headers["x-knock-fake-hint"] == remedy


def test_each_user_and_each_channel_has_a_feed_of_its_own(api: httpx.Client, knock: KnockFake) -> None:
    other = knock.channels.add("other-feed", type="in_app_feed")
    knock.workflows.add("both", steps=[in_app_feed("one"), in_app_feed("two", channel_key="other-feed")])
    api.post("/v1/workflows/both/trigger", json={"recipients": [{"id": "jane"}, {"id": "joe"}]})
    feeds = [
        api.get(f"/v1/users/{user}/feeds/{channel}").json()["entries"]
        for user in ("jane", "joe")
        for channel in (CHANNEL, other.id)
    ]
    assert [[item["blocks"][0]["content"] for item in feed] for feed in feeds] == [["one"], ["two"]] * 2
    assert len({item["id"] for feed in feeds for item in feed}) == 4


def test_items_of_one_instant_keep_their_order_by_milliseconds(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    made = [*notify(), *notify(), *notify()]
    entries = api.get(FEED).json()["entries"]
    assert [item["id"] for item in entries] == made[::-1]
    assert [item["inserted_at"] for item in entries] == [
        "2026-01-01T00:00:00.002000Z",
        "2026-01-01T00:00:00.001000Z",
        "2026-01-01T00:00:00.000000Z",
    ]


def test_the_feed_is_paged_by_cursor_in_both_directions(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    made = [notify()[0] for _ in range(5)]
    first = api.get(FEED, params={"page_size": 2})
    (newest,) = notify()
    second = api.get(FEED, params={"page_size": 2, "after": first.json()["page_info"]["after"]})
    newer = api.get(FEED, params={"before": first.json()["entries"][0]["__cursor"]})
    assert [identifiers(page) for page in (first, second, newer)] == [
        [made[4], made[3]],
        [made[2], made[1]],
        [newest],
    ]
    assert first.json()["meta"]["total_count"] == 5


@pytest.mark.parametrize(("asked", "size"), [("200", 200), ("201", 200), ("51", 51), ("0", 1)])
def test_a_page_of_a_feed_may_hold_two_hundred_items(api: httpx.Client, asked: str, size: int) -> None:
    assert api.get(FEED, params={"page_size": asked}).json()["page_info"]["page_size"] == size


@pytest.mark.parametrize(
    ("query", "kept", "unread", "unseen"),
    [
        ("", ["plain", "acme", "globex", "other"], 3, 3),
        ("status=all", ["plain", "acme", "globex", "other"], 3, 3),
        ("status=unread", ["plain", "acme", "other"], 3, 3),
        ("status=read", ["globex"], 3, 3),
        ("status=unseen", ["plain", "globex", "other"], 3, 3),
        ("status=seen", ["acme"], 3, 3),
        ("source=other", ["other"], 1, 1),
        ("source=unknown", [], 0, 0),
        ("tenant=acme", ["plain", "acme", "other"], 3, 2),
        ("tenant=acme&has_tenant=true", ["acme"], 1, 0),
        ("has_tenant=true", ["acme", "globex"], 1, 1),
        ("has_tenant=false", ["plain", "other"], 2, 2),
        ("archived=exclude", ["plain", "acme", "globex", "other"], 3, 3),
        ("archived=include", ["plain", "acme", "globex", "other", "gone"], 4, 4),
        ("archived=only", ["gone"], 1, 1),
        ("workflow_categories[]=social", ["plain", "acme", "globex"], 2, 2),
        ('trigger_data={"n":1}', ["acme"], 1, 0),
        ("inserted_at.gt=2026-01-01T02:00:00Z", ["other"], 1, 1),
        ("inserted_at[lte]=2026-01-01T00:00:00Z", ["plain"], 1, 1),
        ("status=unread&tenant=acme&page_size=1", ["other"], 3, 2),
        ("locale=de", ["plain", "acme", "globex", "other"], 3, 3),
    ],
)
def test_filters_of_feeds_and_what_the_badges_count(
    api: httpx.Client,
    knock: KnockFake,
    notify: Callable[..., list[str]],
    query: str,
    kept: list[str],
    unread: int,
    unseen: int,
) -> None:
    made = {}
    knock.workflows.add("other", steps=[in_app_feed("Other")])
    arguments: dict[str, dict[str, object]] = {
        "plain": {},
        "acme": {"tenant": "acme", "data": {"n": 1}},
        "globex": {"tenant": "globex"},
        "other": {"workflow": "other"},
        "gone": {"workflow": "other"},
    }
    for name, given in arguments.items():
        (made[name],) = notify("jane", **given)
        knock.clock.advance("1h")
    api.put(f"/v1/messages/{made['acme']}/seen")
    api.put(f"/v1/messages/{made['globex']}/read")
    api.put(f"/v1/messages/{made['gone']}/archived")
    feed = api.get(f"{FEED}?{query}")
    assert identifiers(feed) == [made[name] for name in reversed(kept)]
    assert (feed.json()["meta"]["unread_count"], feed.json()["meta"]["unseen_count"]) == (unread, unseen)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=new", "status"),
        ("archived=yes", "archived"),
        ("has_tenant=1", "has_tenant"),
        ("mode=fast", "mode"),
        ("page_size=x", "page_size"),
        ('trigger_data={"a":{}}', "trigger_data.a"),
        ("inserted_at.lt=soon", "inserted_at.lt"),
        ("exclude=entries.data.a.b", "exclude"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_by_name(api: httpx.Client, query: str, field: str) -> None:
    refused = api.get(f"{FEED}?{query}")
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_marks_show_in_the_feed(api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]) -> None:
    (message,) = notify()
    knock.clock.advance("1m")
    api.put(f"/v1/messages/{message}/interacted")
    feed = api.get(FEED).json()
    (item,) = feed["entries"]
    marked = ("seen_at", "read_at", "interacted_at", "archived_at", "updated_at")
    at = "2026-01-01T00:01:00.000000Z"
    assert [item[name] for name in marked] == [None, at, at, None, at]
    assert feed["meta"] == {
        "__typename": "FeedMetadata",
        "total_count": 1,
        "unread_count": 0,
        "unseen_count": 1,
    }


def test_the_compact_mode_leaves_out_what_is_long(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    notify(data={"n": 1, "deep": {"a": 1}, "list": [1], "none": None}, actor={"id": "joe"})
    (rich,) = api.get(FEED, params={"mode": "rich"}).json()["entries"]
    (compact,) = api.get(FEED, params={"mode": "compact"}).json()["entries"]
    del rich["activities"], rich["total_activities"]
    assert compact == {**rich, "data": {"n": 1, "none": None}}


@pytest.mark.parametrize(
    ("exclude", "gone"),
    [
        ("meta", ["meta"]),
        ("meta,vars", ["meta", "vars"]),
        ("meta.total_count", ["meta.total_count"]),
        ("entries.archived_at", ["entries.archived_at"]),
        ("entries.source.key, entries.data", ["entries.source.key", "entries.data"]),
        ("entries.data.nested", ["entries.data.nested"]),
        ("entries.activities.recipient", ["entries.activities.recipient"]),
        ("entries.blocks.rendered", ["entries.blocks.rendered"]),
        ("nothing.of.this,,", []),
    ],
)
def test_excluded_paths_are_cut_from_the_answer_and_from_nothing_else(
    api: httpx.Client, notify: Callable[..., list[str]], exclude: str, gone: list[str]
) -> None:
    notify(data={"name": "you", "nested": {"a": 1}})
    whole = api.get(FEED).json()
    cut = api.get(FEED, params={"exclude": exclude}).json()
    assert api.get(FEED).json() == whole
    for path in gone:
        *parents, name = path.split(".")
        node, other = whole, cut
        for parent in parents:
            node, other = node[parent], other[parent]
            if isinstance(node, list):
                node, other = node[0], other[0]
        assert name not in other
        del node[name]
    assert cut == whole


def test_public_variables_come_with_the_feed(api: httpx.Client, knock: KnockFake) -> None:
    knock.variables.set("app_url", "https://example.com")
    knock.variables.set("secret", "hush", public=False)
    assert api.get(FEED).json()["vars"] == {"app_url": "https://example.com"}


def test_feed_settings(api: httpx.Client) -> None:
    settings = api.get(f"{FEED}/settings")
    assert (settings.status_code, settings.json()) == (200, {"features": {"branding_required": False}})
