from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi import types
from knockapi.types import users

from knock_fake import KnockFake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.json_types import JsonObject

FEED = "55555555-5555-4555-8555-555555555555"
EMAIL = "11111111-1111-4111-8111-111111111111"
START = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture(params=["given transport", "interception", "live server"])
def client(request: pytest.FixtureRequest, knock: KnockFake) -> Iterator[knockapi.Knock]:
    """The real client on each of the ways to a world."""
    if request.param == "given transport":
        yield request.getfixturevalue("knock_client")
    elif request.param == "interception":
        with knockapi.Knock(api_key="sk_test_x") as client:
            yield client
    else:
        base_url = request.getfixturevalue("knock_server")
        with knockapi.Knock() as client:
            assert str(client.base_url).rstrip("/") == base_url
            yield client


def trigger(client: knockapi.Knock, user: str = "jane", workflow: str = "hello", **data: object) -> str:
    """Trigger a workflow for a user who is identified in passing; return the id of the newest message."""
    client.workflows.trigger(workflow, recipients=[{"id": user, "email": f"{user}@example.com"}], data=data)
    return client.users.list_messages(user, page_size=1).items[0].id


def test_users_are_identified_read_listed_and_deleted(client: knockapi.Knock) -> None:
    created = client.users.update("jane doe", name="Jane", email="jane@example.com", extra_body={"plan": "pro"})
    assert isinstance(created, types.User)
    assert (created.id, created.name, created.email) == ("jane doe", "Jane", "jane@example.com")
    assert (created.api_typename, created.created_at, created.updated_at) == ("User", None, START)
    assert created.model_extra == {"__typename": "User", "plan": "pro"}
    assert client.users.get("jane doe") == created
    assert [user.id for user in client.users.list()] == ["jane doe"]
    client.users.delete("jane doe")
    assert client.users.list().entries == []
    with pytest.raises(knockapi.NotFoundError):
        client.users.get("jane doe")


def test_users_are_merged(client: knockapi.Knock) -> None:
    client.users.update("jane", name="Jane")
    client.users.update("joe", name="Joe", phone_number="+15550100")
    merged = client.users.merge("jane", from_user_id="joe")
    assert isinstance(merged, types.User)
    assert (merged.id, merged.name, merged.phone_number) == ("jane", "Jane", "+15550100")


def test_bulk_operations_are_queued_and_polled(client: knockapi.Knock) -> None:
    queued = client.users.bulk.identify(users=[{"id": "jane", "name": "Jane"}, {"id": "joe"}])
    done = client.bulk_operations.get(queued.id)
    assert isinstance(queued, types.BulkOperation)
    assert (queued.name, queued.status, queued.estimated_total_rows) == ("users.identify", "queued", 2)
    assert (done.status, done.processed_rows, done.success_count, done.error_count) == ("completed", 2, 2, 0)
    assert (done.completed_at, done.failed_at, done.error_items) == (START, None, [])
    deleted = client.users.bulk.delete(user_ids=["jane", "joe"])
    assert client.bulk_operations.get(deleted.id).name == "users.delete"
    assert client.users.list().entries == []


def test_a_trigger_makes_messages(client: knockapi.Knock) -> None:
    client.users.update("joe", name="Joe")
    started = client.workflows.trigger(
        "hello",
        recipients=["joe", {"id": "jane", "name": "Jane"}],
        actor="joe",
        data={"name": "you"},
        tenant="acme",
        cancellation_key="k",
        settings={"sandbox_mode": False, "skip_delay": True},
    )
    newest, oldest = client.messages.list(workflow_run_id=started.workflow_run_id)
    assert isinstance(newest, types.Message)
    assert (newest.recipient, oldest.recipient, newest.actors, newest.tenant) == ("jane", "joe", ["joe"], "acme")
    assert (newest.status, newest.engagement_statuses, newest.inserted_at) == ("delivered", [], START)
    assert newest.source.workflow_run_id == started.workflow_run_id
    assert newest.channel is not None
    assert (newest.channel.id, newest.channel.type) == (FEED, "in_app_feed")


def test_a_trigger_is_cancelled(client: knockapi.Knock, knock: KnockFake) -> None:
    client.users.update("jane")
    client.workflows.trigger("later", recipients=["jane"], cancellation_key="k")
    client.workflows.cancel("later", cancellation_key="k", recipients=["jane"])
    knock.clock.run_until_idle()
    assert client.messages.list().items == []


def test_messages_are_read_with_all_that_belongs_to_them(client: knockapi.Knock) -> None:
    message = trigger(client, workflow="letter", name="you")
    shown = client.messages.get(message)
    content = client.messages.get_content(message)
    (activity,) = client.messages.list_activities(message)
    (log,) = client.messages.list_delivery_logs(message)
    events = [event.type for event in client.messages.list_events(message)]
    assert isinstance(shown, types.Message)
    assert (shown.id, shown.channel_id, shown.workflow, shown.data) == (message, EMAIL, "letter", {"name": "you"})
    assert (content.message_id, content.data.api_typename) == (message, "MessageEmailContent")
    assert (activity.data, activity.recipient.id) == ({"name": "you"}, "jane")  # type: ignore[union-attr]
    assert (log.service_name, log.request.method, log.response.status) == ("SendGrid", "POST", 200)
    assert events == ["message.delivered", "message.sent", "message.queued", "message.created"]
    assert client.messages.list_activities(message, trigger_data='{"name":"me"}').items == []


def test_the_contents_of_many_messages(client: knockapi.Knock) -> None:
    made = [trigger(client), trigger(client, workflow="letter")]
    contents = client.messages.batch.get_content(message_ids=made)
    assert [content.message_id for content in contents] == made
    kinds = [content.data.api_typename for content in contents]
    assert kinds == ["MessageInAppFeedContent", "MessageEmailContent"]


def test_filters_of_message_lists(client: knockapi.Knock) -> None:
    hello, letter, his = trigger(client, name="a"), trigger(client, workflow="letter"), trigger(client, "joe")
    client.messages.mark_as_seen(hello)

    def found(**query: object) -> list[str]:
        of_all = [message.id for message in client.messages.list(**query)]  # type: ignore[arg-type]
        of_jane = [message.id for message in client.users.list_messages("jane", **query)]  # type: ignore[arg-type]
        assert of_jane == [one for one in of_all if one != his]
        return of_all

    assert found() == [his, letter, hello]
    assert found(source="hello") == [his, hello]
    assert found(channel_id=EMAIL) == [letter]
    assert found(status=["delivered", "sent"]) == [his, letter, hello]
    assert found(engagement_status=["seen"]) == [hello]
    assert found(message_ids=[hello, letter]) == [letter, hello]
    assert found(workflow_categories=["social"]) == [his, hello]
    assert found(trigger_data=json.dumps({"name": "a"})) == [hello]
    assert found(inserted_at={"gte": START.isoformat()}) == [his, letter, hello]
    assert found(inserted_at={"gt": "2026-01-02T00:00:00Z"}) == []
    assert found(tenant="acme") == [his, letter, hello]


@pytest.mark.parametrize(
    ("mark", "unmark", "name"),
    [
        ("mark_as_seen", "mark_as_unseen", "seen"),
        ("mark_as_read", "mark_as_unread", "read"),
        ("archive", "unarchive", "archived"),
    ],
)
def test_messages_are_marked_and_unmarked(client: knockapi.Knock, mark: str, unmark: str, name: str) -> None:
    made = [trigger(client), trigger(client)]
    marked = getattr(client.messages, mark)(made[0])
    unmarked = getattr(client.messages, unmark)(made[0])
    batch = getattr(client.messages.batch, mark)(message_ids=made)
    undone = getattr(client.messages.batch, unmark)(message_ids=made)
    assert all(isinstance(message, types.Message) for message in (marked, unmarked, *batch, *undone))
    assert [one.engagement_statuses for one in (marked, unmarked)] == [[name], []]
    assert [(one.id, one.engagement_statuses) for one in batch] == [(one, [name]) for one in made]
    assert [(one.id, one.engagement_statuses) for one in undone] == [(one, []) for one in made]
    assert (getattr(marked, f"{name}_at"), getattr(unmarked, f"{name}_at")) == (START, None)


def test_interactions_carry_metadata(client: knockapi.Knock) -> None:
    message = trigger(client)
    alone = client.messages.mark_as_interacted(message, metadata={"button": "yes"})
    (batch,) = client.messages.batch.mark_as_interacted(message_ids=[message], metadata={"button": "no"})
    events = [event for event in client.messages.list_events(message) if event.type == "message.interacted"]
    assert alone.engagement_statuses == batch.engagement_statuses == ["read", "interacted"]
    assert [event.data for event in events] == [{"button": "no"}, {"button": "yes"}]


def test_feeds_are_read(client: knockapi.Knock) -> None:
    made = [trigger(client, name=name) for name in ("a", "b")]
    client.messages.mark_as_read(made[0])
    feed = client.users.feeds.list_items("jane", FEED)
    narrowed = client.users.feeds.list_items(
        "jane",
        FEED,
        status="unread",
        archived="include",
        has_tenant=False,
        mode="compact",
        workflow_categories=["social"],
    )
    (item,) = narrowed.entries
    settings = client.users.feeds.get_settings("jane", FEED)
    assert all(isinstance(entry, users.FeedListItemsResponse) for entry in feed.entries)
    assert [entry.id for entry in feed.entries] == made[::-1]
    assert feed.model_extra == {
        "meta": {"__typename": "FeedMetadata", "total_count": 2, "unread_count": 1, "unseen_count": 2},
        "vars": {},
    }
    assert (item.id, item.data, item.source.key) == (made[1], {"name": "b"}, "hello")
    assert isinstance(settings, users.FeedGetSettingsResponse)
    assert settings.features.branding_required is False


def test_lists_page_by_themselves_and_repeat_their_filters(client: knockapi.Knock, knock: KnockFake) -> None:
    for number in range(5):
        client.users.update(f"user-{number}")
        trigger(client, workflow="letter" if number % 2 else "hello")
    first = knock.journal.last(1)[0].number
    assert [user.id for user in client.users.list(page_size=2, include=["preferences"])] == [
        "user-0",
        "jane",
        "user-1",
        "user-2",
        "user-3",
        "user-4",
    ]
    assert len([*client.messages.list(page_size=2, source="hello", status=["delivered"])]) == 3
    (newest, *_) = client.messages.list()
    assert len([*client.messages.list_events(newest.id, page_size=1)]) == 3
    paged = [entry.call for entry in knock.journal if entry.number > first]
    listed = [call.query for call in paged if call.path == "/v1/messages" and "page_size" in call.query]
    assert len(listed) == 2
    assert all("source=hello" in query and "status" in query for query in listed)


ERRORS: list[tuple[type[knockapi.APIStatusError], int, str, Callable[[KnockFake], object]]] = [
    (
        knockapi.BadRequestError,
        400,
        "actor_missing",
        lambda knock: knock.client().workflows.trigger("later", recipients=["jane"], actor="nobody"),
    ),
    (knockapi.AuthenticationError, 401, "api_key_missing", lambda knock: knock.client("nonsense").users.list()),
    (
        knockapi.PermissionDeniedError,
        403,
        "incorrect_token_type",
        lambda knock: knock.client("pk_test_x").users.list(),
    ),
    (knockapi.NotFoundError, 404, "resource_missing", lambda knock: knock.client().users.get("nobody")),
    (
        knockapi.NotFoundError,
        404,
        "workflow_missing",
        lambda knock: knock.client().workflows.trigger("no", recipients=["x"]),
    ),
    (knockapi.UnprocessableEntityError, 422, "invalid_params", lambda knock: knock.client().users.update("a/b")),
]


@pytest.mark.parametrize(("kind", "status", "code", "attempt"), ERRORS, ids=[code for _, _, code, _ in ERRORS])
def test_errors_are_the_clients_own(
    knock: KnockFake,
    kind: type[knockapi.APIStatusError],
    status: int,
    code: str,
    attempt: Callable[[KnockFake], object],
) -> None:
    with pytest.raises(kind) as caught:
        attempt(knock)
    body = caught.value.body
    assert isinstance(body, dict)
    assert (caught.value.status_code, body["code"], body["status"]) == (status, code, status)
    assert caught.value.response.headers["x-request-id"]
    assert len(knock.journal) == 1


def test_a_limited_call_is_the_clients_rate_limit_error_and_is_not_retried(
    client: knockapi.Knock, knock: KnockFake
) -> None:
    knock.rate_limits.enforce()
    client.users.bulk.delete(user_ids=["jane"])
    before = len(knock.journal)
    with pytest.raises(knockapi.RateLimitError) as caught:
        client.users.bulk.delete(user_ids=["jane"])
    assert caught.value.response.headers["retry-after"] == "1"
    assert len(knock.journal) == before + 1


def test_the_same_idempotency_key_triggers_once(client: knockapi.Knock, knock: KnockFake) -> None:
    answers = [
        client.workflows.with_raw_response.trigger("hello", recipients=[{"id": "jane"}], idempotency_key="k")
        for _ in range(2)
    ]
    first, second = answers
    assert first.parse() == second.parse()
    assert (first.headers.get("idempotent-replayed"), second.headers["idempotent-replayed"]) == (None, "true")
    assert len(knock.state.messages) == 1


def test_two_calls_of_the_client_are_two_triggers(client: knockapi.Knock, knock: KnockFake) -> None:
    for _ in range(2):
        client.workflows.trigger("hello", recipients=[{"id": "jane"}])
    assert len(knock.state.messages) == 2


def test_custom_properties_of_every_json_type_come_back(client: knockapi.Knock) -> None:
    extra: JsonObject = {"a": None, "b": True, "c": 1.5, "d": [1, {"e": "é"}], "f": {}}
    client.users.update("jane", extra_body=extra)
    assert client.users.get("jane").model_extra == {"__typename": "User", **extra}


@pytest.mark.knock(secret_keys=["sk_live_mine"])
def test_the_fixtures_client_has_a_key_that_the_world_knows(knock_client: knockapi.Knock) -> None:
    assert knock_client.api_key == "sk_live_mine"
    assert knock_client.users.list().entries == []


def test_two_worlds_know_nothing_of_each_other() -> None:
    one, other = KnockFake().client(), KnockFake().client()
    one.users.update("jane")
    assert (len(one.users.list().entries), other.users.list().entries) == (1, [])
