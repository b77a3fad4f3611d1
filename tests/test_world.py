from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import knockapi
import pytest
import requests

import knock_fake
from knock_fake import KnockFake, NetworkBlockedError, UsageError, UsageTypeError
from knock_fake.gateway.call import Call
from knock_fake.state.references import user
from knock_fake.steps import delay, in_app_feed, sms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from knock_fake.json_types import Json

JANE = "https://api.knock.app/v1/users/jane"
HEADERS = {"authorization": "Bearer sk_test_x"}


def identify(knock: KnockFake, name: str = "jane", key: str = "sk_test_x") -> int:
    call = Call("PUT", f"/v1/users/{name}", headers={"authorization": f"Bearer {key}"}, body=b"{}")
    return knock.handle(call).status


# -- arguments ---------------------------------------------------------------------------------------------


def test_a_world_can_do_without_arguments() -> None:
    knock = KnockFake()
    assert (knock.seed, knock.secret_key) == (0, "sk_test_knock_fake")
    assert knock.clock.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert (len(knock.journal), len(knock.state.messages), len(knock.state.runs), knock.workflows.keys()) == (
        0,
        0,
        0,
        [],
    )
    assert knock.channels.keys() == ["email", "sms", "push", "chat", "in-app-feed", "webhook", "in-app-guide"]


@pytest.mark.parametrize(
    ("start", "now"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10, tzinfo=UTC)),  # noqa: DTZ001 - naive means UTC
        (datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_world_begins_when_it_is_told_to(start: datetime | str, now: datetime) -> None:
    knock = KnockFake(start=start)
    assert knock.clock.now == now
    knock.clock.advance("1d")
    knock.reset()
    assert knock.clock.now == now


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: KnockFake(seed="7"), UsageTypeError, "seed must be an integer, not '7'"),  # type: ignore[arg-type]
        (lambda: KnockFake(seed=True), UsageTypeError, "seed must be an integer, not True"),
        (
            lambda: KnockFake(start="soon"),
            UsageError,
            "the start of the clock: 'soon' is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'",
        ),
        (
            lambda: KnockFake(start=5),  # type: ignore[arg-type]
            UsageTypeError,
            "the start of the clock must be a datetime or ISO-8601 text, not int",
        ),
        (
            lambda: KnockFake(unknown_workflows="ignore"),  # type: ignore[arg-type]
            UsageError,
            "unknown_workflows must be 'reject' or 'accept', not 'ignore'",
        ),
        (
            lambda: KnockFake(secret_keys="sk_test_1"),
            UsageTypeError,
            "secret_keys must be a list of keys, not the text 'sk_test_1'",
        ),
        (
            lambda: KnockFake(public_keys=[" pk_1"]),
            UsageTypeError,
            "public_keys: a key is a non-empty text without spaces around it, not ' pk_1'",
        ),
        (
            lambda: KnockFake(secret_keys=["key"], public_keys=["key"]),
            UsageError,
            "the key 'key' cannot be secret and public at once",
        ),
        (
            lambda: KnockFake(variables=["app_url"]),  # type: ignore[arg-type]
            UsageTypeError,
            "variables must be a mapping of names to values, not ['app_url']",
        ),
        (
            lambda: KnockFake(variables="x"),  # type: ignore[arg-type]
            UsageTypeError,
            "variables must be a mapping of names to values, not 'x'",
        ),
        (
            lambda: KnockFake(variables={5: "x"}),  # type: ignore[dict-item]
            UsageTypeError,
            "variables: a key must be text, not int 5",
        ),
        (
            lambda: KnockFake(variables={"at": datetime(2026, 1, 1, tzinfo=UTC)}),  # type: ignore[dict-item]
            UsageTypeError,
            "variables.at: JSON cannot hold datetime datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        (
            lambda: KnockFake(secret_keys=5),  # type: ignore[arg-type]
            UsageTypeError,
            "secret_keys must be a list of keys, not 5",
        ),
        (
            lambda: KnockFake(public_keys=5),  # type: ignore[arg-type]
            UsageTypeError,
            "public_keys must be a list of keys, not 5",
        ),
        (
            lambda: KnockFake(block_network="no"),  # type: ignore[arg-type]
            UsageTypeError,
            "block_network must be True or False, not 'no'",
        ),
        (
            lambda: KnockFake(time_source=5),  # type: ignore[arg-type]
            UsageTypeError,
            "time_source must be a function that returns the instant, not 5",
        ),
    ],
)
def test_an_argument_that_cannot_be_taken_is_refused_with_what_can(
    make: Callable[[], KnockFake], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused:
        make()
    assert str(refused.value) == message


def test_every_public_name_is_there() -> None:
    assert all(hasattr(knock_fake, name) for name in knock_fake.__all__)


def test_a_world_shows_itself_in_a_line() -> None:
    knock = KnockFake(seed=7)
    identify(knock)
    assert repr(knock) == "<KnockFake at 2026-01-01T00:00:00Z, seed: 7, calls: 1, runs: 0>"
    assert repr(knock.journal) == "<Journal, calls: 1>"


def test_the_parts_of_a_world_show_themselves_in_a_line() -> None:
    knock = KnockFake()
    parts = (knock.workflows, knock.delivery, knock.variables, knock.rate_limits)
    assert [*map(repr, parts)] == [
        "<WorkflowRegistry: none>",
        "<DeliverySettings, plans: 0>",
        "<VariableStore: none>",
        "<RateLimits: none>",
    ]
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    knock.workflows.add("bye", steps=[in_app_feed("Bye")])
    knock.delivery.bounce(channel="email")
    knock.variables.set("app_url", "https://app.example.com")
    knock.variables.set("token", "hush", public=False)
    knock.rate_limits.enforce(overrides={"users.update": 2})
    assert [*map(repr, parts)] == [
        "<WorkflowRegistry: hello, bye>",
        "<DeliverySettings, plans: 1>",
        "<VariableStore: app_url, token>",
        "<RateLimits: tiers, batch, users.update 2/s>",
    ]
    assert repr(knock.channels) == f"<ChannelRegistry: {', '.join(knock.channels.keys())}>"


def test_a_snapshot_shows_the_moment_that_it_kept() -> None:
    knock = KnockFake()
    identify(knock)
    snapshot = knock.snapshot()
    identify(knock)
    knock.clock.advance("1h")
    assert repr(snapshot) == "<Snapshot at 2026-01-01T00:00:00Z, calls: 1, runs: 0>"


# -- reset -------------------------------------------------------------------------------------------------


def test_reset_gives_back_a_pristine_world() -> None:
    knock = KnockFake(seed=5, variables={"app_url": "https://app.example.com"})
    first = identify(knock), knock.state.recipients.get(user("jane"))
    knock.workflows.add("digest", steps=[delay("1h"), sms("Hi")])
    knock.client().workflows.trigger("digest", recipients=["jane"])
    knock.channels.add("postmark", type="email")
    knock.variables.set("extra", "1")
    knock.rate_limits.enforce()
    knock.clock.advance("1m")
    knock.reset()
    assert (len(knock.journal), len(knock.state.messages), len(knock.state.runs), knock.workflows.keys()) == (
        0,
        0,
        0,
        [],
    )
    assert knock.state.recipients.get(user("jane")) is None
    assert (knock.channels.by_key("postmark"), knock.variables.all()) == (None, {"app_url": "https://app.example.com"})
    assert (knock.clock.pending(), knock.clock.now) == ((), datetime(2026, 1, 1, tzinfo=UTC))
    assert not knock.rate_limits.enforced
    assert (identify(knock), knock.state.recipients.get(user("jane"))) == first


def test_clients_transports_and_servers_made_before_a_reset_reach_the_world_after_it() -> None:
    knock = KnockFake()
    client = knock.client()
    client.users.update("jane", name="Jane")
    knock.reset()
    with pytest.raises(knockapi.NotFoundError):
        client.users.get("jane")
    assert len(knock.journal) == 1


# -- keys --------------------------------------------------------------------------------------------------


def test_without_keys_of_its_own_a_world_takes_what_looks_like_one() -> None:
    knock = KnockFake()
    assert [identify(knock, key=key) for key in ("sk_test_1", "sk_live_1", "pk_1", "key")] == [200, 200, 200, 401]


def test_with_keys_of_its_own_a_world_takes_only_those() -> None:
    knock = KnockFake(secret_keys=["main", "other"], public_keys=["browser"])
    keys = ("main", "other", "browser", "sk_test_1", "pk_1")
    assert [identify(knock, key=key) for key in keys] == [200, 200, 200, 401, 401]
    assert knock.secret_key == "main"
    assert knock.client().users.update("jane").id == "jane"
    with pytest.raises(knockapi.PermissionDeniedError):
        knock.client("browser").users.delete("jane")


def test_a_world_with_public_keys_only_still_has_a_secret_one() -> None:
    knock = KnockFake(public_keys=["browser"])
    assert knock.client().users.update("jane").id == "jane"
    assert [identify(knock, key=key) for key in ("browser", knock.secret_key, "sk_test_1")] == [200, 200, 401]


# -- variables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("true", True),
        ("TRUE", "TRUE"),
        ("123", 123),
        ("007", "007"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("[" * 101 + "]" * 101, "[" * 101 + "]" * 101),
        ("[" * 100_000, "[" * 100_000),
        ("null", None),
        ('{"a": [1]}', {"a": [1]}),
        ("", ""),
        (5, 5),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_a_variable_that_is_text_is_read_as_json_first(given: Json, kept: Json) -> None:
    knock = KnockFake(variables={"value": given})
    assert knock.variables.all() == knock.variables.public() == {"value": kept}


def test_secret_variables_are_for_templates_only(knock: KnockFake, api: httpx.Client) -> None:
    knock.variables.set("shown", "1")
    knock.variables.set("hidden", "2", public=False)
    knock.workflows.add("digest", steps=[in_app_feed("{{ vars.shown }} {{ vars.hidden }}")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    feed = api.get("/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555").json()
    assert feed["vars"] == {"shown": 1}
    assert feed["entries"][0]["blocks"][0]["rendered"] == "<p>1 2</p>"


def test_a_variable_can_change_its_value_and_become_secret() -> None:
    knock = KnockFake(variables={"value": "1"})
    knock.variables.set("value", "2", public=False)
    assert (knock.variables.all(), knock.variables.public()) == ({"value": 2}, {})


def test_the_mapping_given_stays_the_callers() -> None:
    inner: dict[str, Json] = {"a": 1}
    given: dict[str, Json] = {"value": "1", "inner": inner}
    knock = KnockFake(variables=given)
    given["other"], inner["b"] = "2", 2
    knock.reset()
    assert knock.variables.all() == {"value": 1, "inner": {"a": 1}}


def test_the_variables_handed_out_are_the_callers_to_change() -> None:
    knock = KnockFake(variables={"value": "1"})
    knock.variables.all()["other"] = "2"
    assert knock.variables.all() == {"value": 1}


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda knock: knock.variables.set(5, "x"), "variables.set: the key must be text, not int"),
        (
            lambda knock: knock.variables.set("a", [{"b": {1}}]),
            "variable 'a'[0].b: JSON cannot hold set {1}",
        ),
        (
            lambda knock: knock.variables.set("a", "x", public="no"),
            "variables.set: public must be True or False, not 'no'",
        ),
    ],
)
def test_a_variable_that_cannot_be_kept_is_refused_and_the_one_before_it_stays(
    write: Callable[[KnockFake], None], message: str
) -> None:
    knock = KnockFake(variables={"a": "1"})
    with pytest.raises(UsageTypeError) as refused:
        write(knock)
    assert str(refused.value) == message
    assert knock.variables.all() == {"a": 1}


# -- unknown workflows -------------------------------------------------------------------------------------


def trigger(knock: KnockFake, key: str) -> httpx.Response:
    client = httpx.Client(transport=knock.transport(), headers=HEADERS, base_url="https://api.knock.app")
    with client:
        return client.post(f"/v1/workflows/{key}/trigger", json={"recipients": [{"id": "jane"}]})


def test_an_unknown_workflow_is_refused_with_the_nearest_one_as_a_hint() -> None:
    knock = KnockFake()
    knock.workflows.add("order-shipped", steps=[sms("Hi")])
    response = trigger(knock, "order-shiped")
    assert (response.status_code, response.json()["code"]) == (404, "workflow_missing")
    assert response.headers["x-knock-fake-hint"] == (
        "there is no workflow 'order-shiped': did you mean 'order-shipped'?"
    )


def test_a_world_that_accepts_unknown_workflows_makes_one_with_an_in_app_item() -> None:
    knock = KnockFake(unknown_workflows="accept")
    assert trigger(knock, "order-shipped").status_code == 200
    assert knock.workflows.keys() == ["order-shipped"]
    (message,) = knock.state.messages
    assert (message.channel.type, message.status) == ("in_app_feed", "delivered")
    assert message.content["blocks"] == [
        {
            "type": "markdown",
            "name": "body",
            "content": "Workflow `order-shipped` was triggered.",
            "rendered": "<p>Workflow <code>order-shipped</code> was triggered.</p>",
        }
    ]


def test_even_then_a_key_that_knock_would_not_take_is_refused() -> None:
    knock = KnockFake(unknown_workflows="accept")
    assert trigger(knock, "Order%20shipped").status_code == 404
    assert knock.workflows.keys() == []


def test_a_workflow_made_on_the_fly_can_be_replaced_by_a_real_one() -> None:
    knock = KnockFake(unknown_workflows="accept")
    trigger(knock, "digest")
    knock.workflows.add("digest", steps=[delay("1h"), sms("Hi")])
    trigger(knock, "digest")
    assert [run.status for run in knock.state.runs] == ["completed", "paused"]


# -- clients -----------------------------------------------------------------------------------------------


def test_the_client_is_the_real_sdk_on_this_world() -> None:
    knock = KnockFake()
    with knock.client() as client:
        assert isinstance(client, knockapi.Knock)
        assert client.users.update("jane", name="Jane").name == "Jane"
    assert [entry.operation for entry in knock.journal] == ["users.update"]


def test_the_asynchronous_client_is_the_real_sdk_on_this_world() -> None:
    knock = KnockFake()

    async def call() -> str:
        async with knock.async_client() as client:
            assert isinstance(client, knockapi.AsyncKnock)
            return (await client.users.update("jane", name="Jane")).id

    assert asyncio.run(call()) == "jane"
    assert [entry.operation for entry in knock.journal] == ["users.update"]


def test_an_asynchronous_transport_serves_httpx() -> None:
    knock = KnockFake()

    async def call() -> int:
        async with httpx.AsyncClient(transport=knock.async_transport(), headers=HEADERS) as client:
            return (await client.put(JANE, json={})).status_code

    assert asyncio.run(call()) == 200


def test_a_world_is_an_asgi_and_a_wsgi_application_too() -> None:
    knock = KnockFake()
    with httpx.Client(transport=httpx.WSGITransport(knock.wsgi_app()), headers=HEADERS) as client:
        assert client.put("http://test/v1/users/jane", json={"name": "Jane"}).status_code == 200

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(knock.asgi_app())
        async with httpx.AsyncClient(transport=transport, headers=HEADERS) as asgi:
            return await asgi.get("http://test/v1/users/jane")

    assert asyncio.run(call()).json()["name"] == "Jane"


def test_a_world_can_be_served() -> None:
    knock = KnockFake()
    with knock.serve() as server:
        assert httpx.put(f"{server.url}/v1/users/jane", json={}, headers=HEADERS, trust_env=False).status_code == 200
        with pytest.raises(UsageError) as refused:
            knock.serve(port=server.port)
        assert str(server.port) in str(refused.value)
    assert knock.state.recipients.get(user("jane")) is not None


def test_making_a_world_imports_no_client_and_no_server() -> None:
    code = (
        "import sys; from knock_fake import KnockFake; KnockFake(); "
        "print([name for name in ('httpx', 'requests', 'knockapi', 'starlette', 'uvicorn', 'liquid', 'jsonschema_rs') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


# -- from other threads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda knock: knock.channels.add("postmark", type="email"),
        lambda knock: knock.variables.set("app_url", "https://app.example.com"),
        lambda knock: knock.workflows.add("welcome", steps=[sms("Hi")]),
        lambda knock: knock.workflows.activate("digest"),
        lambda knock: knock.workflows.deactivate("digest"),
    ],
)
def test_what_python_writes_waits_until_the_world_is_free(write: Callable[[KnockFake], object]) -> None:
    knock = KnockFake()
    knock.workflows.add("digest", steps=[in_app_feed("Hello")])
    done = threading.Event()

    def write_from_elsewhere() -> None:
        write(knock)
        done.set()

    thread = threading.Thread(target=write_from_elsewhere)
    with knock._lock:
        thread.start()
        assert not done.wait(0.05)
    assert done.wait(5)
    thread.join()


def test_what_is_looked_at_may_grow_meanwhile() -> None:
    knock = KnockFake()
    knock.workflows.add("digest", steps=[in_app_feed("Hello")])
    trigger(knock, "digest")
    grown: list[Iterable[object]] = [knock.journal, knock.state.runs, knock.state.messages]
    for looked_at in grown:
        for _ in looked_at:
            trigger(knock, "digest")
    assert (len(knock.journal), len(knock.state.runs), len(knock.state.messages)) == (8, 8, 8)


# -- as a context manager ----------------------------------------------------------------------------------


def test_inside_the_block_calls_to_knock_reach_the_world() -> None:
    with KnockFake() as knock:
        assert httpx.put(JANE, json={"name": "Jane"}, headers=HEADERS).status_code == 200
        assert requests.get(JANE, headers=HEADERS, timeout=5).json()["name"] == "Jane"
        assert knockapi.Knock(api_key="sk_test_x").users.get("jane").id == "jane"
    assert [entry.operation for entry in knock.journal] == ["users.update", "users.get", "users.get"]


def test_after_the_block_httpx_is_itself_again_and_the_world_still_there() -> None:
    original = httpx.HTTPTransport.handle_request
    with KnockFake() as knock:
        assert httpx.HTTPTransport.handle_request is not original
        httpx.put(JANE, json={}, headers=HEADERS)
    assert httpx.HTTPTransport.handle_request is original
    assert knock.state.recipients.get(user("jane")) is not None


def test_the_block_is_left_when_an_error_passes() -> None:
    original = httpx.HTTPTransport.handle_request
    with pytest.raises(RuntimeError, match="oops"), KnockFake():
        raise RuntimeError("oops")
    assert httpx.HTTPTransport.handle_request is original


def test_the_inner_of_two_worlds_answers_until_it_is_left() -> None:
    with KnockFake() as outer:
        httpx.put(JANE, json={"of": "outer"}, headers=HEADERS)
        with KnockFake() as inner:
            assert httpx.get(JANE, headers=HEADERS).status_code == 404
            httpx.put(JANE, json={"of": "inner"}, headers=HEADERS)
        assert httpx.get(JANE, headers=HEADERS).json()["of"] == "outer"
    assert [len(outer.journal), len(inner.journal)] == [2, 2]


def test_open_and_close_do_the_same_without_a_block_and_may_nest() -> None:
    original = httpx.HTTPTransport.handle_request
    knock = KnockFake().open()
    assert knock.open() is knock
    knock.close()
    assert httpx.put(JANE, json={}, headers=HEADERS).status_code == 200
    knock.close()
    knock.close()
    assert httpx.HTTPTransport.handle_request is original


def test_a_reset_inside_the_block_leaves_it_open() -> None:
    with KnockFake() as knock:
        httpx.put(JANE, json={}, headers=HEADERS)
        knock.reset()
        assert httpx.get(JANE, headers=HEADERS).status_code == 404


def test_a_world_can_block_the_network() -> None:
    with KnockFake(block_network=True) as knock:
        with pytest.raises(NetworkBlockedError) as blocked:
            httpx.get("https://example.com/")
        assert httpx.put(JANE, json={}, headers=HEADERS).status_code == 200
        with knock.serve() as server:
            url = f"{server.url}/v1/users/jane"
            assert httpx.get(url, headers=HEADERS, trust_env=False).status_code == 200
    assert str(blocked.value) == (
        "GET to 'example.com' was blocked: with block_network=True only api.knock.app (the fake) and loopback hosts "
        "can be called. Replace the call to 'example.com' in the test, or allow the network."
    )


def test_the_inner_world_decides_about_the_network() -> None:
    with KnockFake(), KnockFake(block_network=True), pytest.raises(NetworkBlockedError):
        requests.get("https://example.com/", timeout=5)


# -- a clock that follows another --------------------------------------------------------------------------


def test_a_world_may_follow_a_source_of_time() -> None:
    present = [datetime(2026, 5, 1, tzinfo=UTC)]
    knock = KnockFake(time_source=lambda: present[0])
    knock.workflows.add("digest", steps=[delay("1h"), in_app_feed("Hello")])
    trigger(knock, "digest")
    present[0] = datetime(2026, 5, 1, 2, tzinfo=UTC)
    assert identify(knock, "john") == 200
    (message,) = knock.state.messages
    assert (message.inserted_at, knock.clock.now) == (datetime(2026, 5, 1, 1, tzinfo=UTC), present[0])
