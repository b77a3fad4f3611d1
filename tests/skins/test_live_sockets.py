"""Websockets on a real port, with a real client."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from knock_fake import KnockFake
from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld, WorldsByKey
from knock_fake.skins.live import LiveServer
from knock_fake.skins.wall_clock import wall_clock
from knock_fake.steps import delay, in_app_feed
from tests.realtime.sockets import JANES_FEED, QUERY, ok
from tests.skins.recording_handler import RecordingHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from knock_fake.json_types import Json

SECONDS_TO_WAIT = 60  # reached only when something is broken


@contextmanager
def browser(url: str, key: str = "pk_test_x", prefix: str = "") -> Iterator[ClientConnection]:
    address = f"ws{url.removeprefix('http')}{prefix}/ws/v1/websocket?&api_key={key}&&vsn=2.0.0"
    with connect(address, proxy=None) as one:
        yield one


def say(client: ClientConnection, *frame: Json) -> Json:
    client.send(orjson.dumps(frame).decode())
    return heard(client)


def heard(client: ClientConnection) -> Json:
    answer: Json = orjson.loads(client.recv(SECONDS_TO_WAIT))
    return answer


def join(client: ClientConnection) -> None:
    assert say(client, "1", "1", JANES_FEED, "phx_join", {"client_a": {}}) == ok("1", "1", JANES_FEED)


def event(client: ClientConnection) -> tuple[Json, Json]:
    """Wait for an event; return its name and the total count of the default feed."""
    frame = heard(client)
    assert isinstance(frame, list)
    assert isinstance(frame[4], dict)
    counts = frame[4]["metadata"]
    assert isinstance(counts, dict)
    return frame[3], counts["total_count"]


def closed_with(client: ClientConnection) -> int | None:
    """Wait for the end; return its code."""
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(SECONDS_TO_WAIT)
    return closed.value.rcvd.code if closed.value.rcvd is not None else None


def trigger(world: KnockFake) -> None:
    world.client().workflows.trigger("hello", recipients=[{"id": "jane"}])


@pytest.fixture
def world() -> KnockFake:
    return make_world()


def make_world() -> KnockFake:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("Hello")])
    return world


def test_events_come_from_whatever_makes_an_item(world: KnockFake) -> None:
    world.workflows.add("later", steps=[delay("1h"), in_app_feed("Hello")])
    with world.serve() as server, browser(server.url) as client, httpx.Client(trust_env=False) as http:
        join(client)
        trigger(world)  # in this thread, past the server
        assert event(client) == ("new-message", 1)
        headers = {"authorization": "Bearer sk_test_x"}
        body = {"recipients": ["jane"]}
        http.post(f"{server.url}/v1/workflows/hello/trigger", json=body, headers=headers).raise_for_status()
        assert event(client) == ("new-message", 2)
        another = threading.Thread(target=trigger, args=(world,))
        another.start()
        another.join()
        assert event(client) == ("new-message", 3)
        world.client().workflows.trigger("later", recipients=["jane"])
        world.clock.advance("1h")  # a timer
        assert event(client) == ("new-message", 4)


def test_many_threads_at_once_lose_nothing(world: KnockFake) -> None:
    with world.serve() as server, browser(server.url) as client:
        join(client)
        threads = [threading.Thread(target=trigger, args=(world,)) for _ in range(20)]
        for one in threads:
            one.start()
        told = [event(client) for _ in threads]
        for one in threads:
            one.join()
    assert told == [("new-message", count) for count in range(1, 21)]


def test_a_refused_upgrade_is_a_403_with_the_reason(world: KnockFake, caplog: pytest.LogCaptureFixture) -> None:
    with (
        world.serve() as server,
        pytest.raises(InvalidStatus) as refused,
        browser(server.url, key="sk_test_x"),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert refused.value.response.headers["x-knock-fake-hint"].startswith("browsers connect with a publishable key")
    assert caplog.text == ""


def test_a_path_that_is_none_is_a_403(world: KnockFake) -> None:
    with world.serve() as server, pytest.raises(InvalidStatus) as refused, browser(server.url, prefix="/elsewhere"):
        pass
    assert refused.value.response.status_code == 403


def test_a_trailing_slash_of_the_host_does_no_harm(world: KnockFake) -> None:
    with world.serve() as server, browser(server.url, prefix="/") as client:
        join(client)


def test_a_server_that_stops_says_that_it_comes_back(world: KnockFake) -> None:
    server = world.serve()
    with browser(server.url) as client:
        join(client)
        server.stop()
        assert closed_with(client) == 1012
    assert world.realtime.connections == []


def test_a_world_that_takes_the_place_of_another_closes_its_websockets(world: KnockFake) -> None:
    with LiveServer(ControlledServer(OneWorld(world))) as server, browser(server.url) as client:
        join(client)
        server.handler = second = make_world()
        assert closed_with(client) == 1012
        with browser(server.url) as again:
            join(again)
            trigger(second)
            assert event(again) == ("new-message", 1)
        server.handler = RecordingHandler()
        with pytest.raises(InvalidStatus, match="403"), browser(server.url):
            pass


def test_a_world_for_each_key_has_websockets_of_its_own() -> None:
    worlds = WorldsByKey(make_world)
    with (
        LiveServer(ControlledServer(worlds)) as server,
        browser(server.url, "pk_test_1") as one,
        browser(server.url, "pk_test_2") as two,
    ):
        join(one)
        join(two)
        with httpx.Client(base_url=server.url, trust_env=False) as http:
            headers = {"authorization": "Bearer sk_test_2"}
            body = {"recipients": [{"id": "jane"}]}
            http.post("/v1/workflows/hello/trigger", json=body, headers=headers).raise_for_status()
            assert event(two) == ("new-message", 1)
            http.delete("/_fake/worlds/pk_test_2").raise_for_status()
            assert closed_with(two) == 1012
        assert say(one, None, "2", "phoenix", "heartbeat", {}) == ok(None, "2", "phoenix")


def test_in_real_time_events_come_when_nobody_calls() -> None:
    world = KnockFake(time_source=wall_clock(None, 3_600))
    world.workflows.add("hello", steps=[delay("10m"), in_app_feed("Hello")])
    with world.serve() as server, browser(server.url) as client:
        join(client)
        trigger(world)
        assert event(client) == ("new-message", 1)


def test_what_fails_while_nobody_calls_does_not_end_the_keeping_of_time(caplog: pytest.LogCaptureFixture) -> None:
    world = KnockFake(time_source=wall_clock(None, 1))

    def fail() -> None:
        raise ZeroDivisionError("a bug")

    done = threading.Event()
    with world.serve():
        world.clock.call_at(world.clock.now, fail, "fails")
        world.clock.call_at(world.clock.now, done.set, "comes after it")
        assert done.wait(SECONDS_TO_WAIT)
    assert "knock_fake: what was due has failed" in caplog.text


def test_without_the_package_an_upgrade_is_told_what_it_needs(
    world: KnockFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)
    headers = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": "a"}
    with world.serve() as server, httpx.Client(trust_env=False) as http:
        answer = http.get(f"{server.url}/ws/v1/websocket?{QUERY}", headers=headers)
    assert answer.status_code == 426
    assert answer.headers["x-knock-fake-hint"].endswith("pip install '/path/to/knock_fake[server]'")
