from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest

from knock_fake import KnockFake, __version__
from knock_fake.cli import main
from knock_fake.control.plane import ControlledServer
from knock_fake.errors import KnockFakeError, UsageError
from knock_fake.gateway.call import Call
from knock_fake.skins import live, wall_clock
from knock_fake.steps import delay, http_fetch, in_app_feed
from knock_fake.webhooks import verify
from tests.skins.webhook_receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from knock_fake.gateway.call import Handler

FEED = "55555555-5555-4555-8555-555555555555"
HEADERS = {"authorization": "Bearer sk_test_knock_fake", "content-type": "application/json"}
SECONDS_TO_WAIT = 20  # a deadline, not a sleep: reached only when something is broken


@dataclass(frozen=True)
class Served:
    process: subprocess.Popen[str]
    ready: str
    inspector: str
    client: httpx.Client

    def updated_at(self) -> str:
        text = self.client.put("/v1/users/jane", json={"name": "Jane"}).json()["updated_at"]
        assert isinstance(text, str)
        return text


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "knock_fake", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            url = re.search(r"http://\S+", ready)
            assert url is not None, process.communicate(timeout=10)
            inspector = process.stdout.readline()
            with httpx.Client(base_url=url.group(), headers=HEADERS, trust_env=False) as client:
                yield Served(process, ready, inspector, client)
        finally:
            process.kill()


@pytest.fixture
def served_world(monkeypatch: pytest.MonkeyPatch) -> Callable[..., KnockFake]:
    """The world that a command would serve, taken from it at the moment of serving."""

    def take(*arguments: str) -> KnockFake:
        worlds: list[KnockFake] = []

        def serve_forever(handler: Handler, host: str, port: int, on_ready: Callable[[str], None]) -> None:
            assert isinstance(handler, ControlledServer)
            worlds.append(handler.worlds.of(Call("GET", "/")))

        with monkeypatch.context() as patch:
            patch.setattr(live, "serve_forever", serve_forever)
            assert main(arguments) == 0
        [world] = worlds
        return world

    return take


def status_of(world: KnockFake, key: str, path: str = "/v1/messages", body: bytes = b"") -> int:
    headers = {"authorization": f"Bearer {key}"}
    return world.handle(Call("POST" if body else "GET", path, "", headers, body)).status


def test_real_endpoints_are_asked_where_that_is_allowed(served_world: Callable[..., KnockFake]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        host = f"http://127.0.0.1:{unused.getsockname()[1]}"
    world = served_world("serve", "--allow-http", "https://a.test/*", "--allow-http", f"{host}/*")
    world.workflows.add("digest", steps=[http_fetch(f"{host}/x"), in_app_feed("Hi")])
    world.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    (attempted,) = (event.data for event in world.runs.one().events if event.event == "fetch_attempted")
    assert str((attempted or {})["error"]).startswith(f"GET {host}/x could not be asked: no connection: ")


def test_an_application_on_its_own_port_is_told_and_calls_back() -> None:
    with receiving(503) as (url, receiver):
        options = ("--webhook", url, "--webhook-secret", "key", "--speed", "60")
        with serving(*options) as served:
            receiver.ask = lambda: served.client.get("/v1/messages").status_code
            body = {"recipients": [{"id": "jane"}]}
            began = time.monotonic()
            assert served.client.post("/v1/workflows/hello/trigger", json=body).status_code == 200
            told = [receiver.received.get(timeout=SECONDS_TO_WAIT) for _ in range(4)]
            assert time.monotonic() - began < SECONDS_TO_WAIT
            run = "workflow_recipient_run"
            assert [one[0]["x-knock-event"] for one in told] == [
                f"{run}.started",
                f"{run}.completed",
                "message.delivered",
                f"{run}.started",  # again, because it was answered with 503
            ]
            for headers, content in told:
                verify(content, headers["x-knock-signature"], "key", at=datetime.now(UTC))
            assert [receiver.asked.get(timeout=SECONDS_TO_WAIT) for _ in told] == [200] * 4
            served.client.post("/_fake/reset", json={})
            (endpoint,) = served.client.get("/_fake/webhooks").json()["webhooks"]
            assert (endpoint["url"], endpoint["secret"], endpoint["signed_at"]) == (url, "key", "wall")


def test_an_endpoint_that_is_no_url_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--allow-http", "a.test"]) == 2
    told = "allow_http: 'a.test' is no URL: begin it with https://, as in 'https://a.test', or with *"
    assert capsys.readouterr() == ("", f"knock-fake: {told}\n")


def test_explain_tells_what_happened_on_a_server(knock: KnockFake, capsys: pytest.CaptureFixture[str]) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi"), delay("1h")])
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}, {"id": "joe"}])
    with knock.serve() as server:
        assert main(["explain", "--url", server.url, "--recipient", "jane", "--api-key", "sk_x"]) == 0
        assert capsys.readouterr().out == f"{knock.explain('jane')}\n"
        assert main(["explain", "--url", f"{server.url}/", "--workflow", "digest", "--limit", "1", "--json"]) == 0
        (run,) = json.loads(capsys.readouterr().out)["runs"]
        assert run == knock.explain("joe").runs[0].to_json()
        assert main(["explain", "--url", server.url, "--recipient", "jnae", "--workflow", "digset"]) == 0
        assert capsys.readouterr().out == f"{knock.explain('jnae', 'digset')}\n"


def test_explain_takes_url_and_key_from_the_environment(
    knock_server: str, knock: KnockFake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain"]) == 0
    told = "no call of this world's has triggered anything: does your code reach it?"
    assert capsys.readouterr().out == f"nothing ran in this world\n  {told}\n"


def test_explain_says_what_kept_it_from_reading(capsys: pytest.CaptureFixture[str]) -> None:
    asked = "/v1/workflow_recipient_runs?page_size=10"
    with KnockFake(secret_keys=["sk_mine"]).serve() as server:
        url = server.url
        assert main(["explain", "--url", url, "--api-key", "sk_other"]) == 1
    assert capsys.readouterr().err.startswith(f"knock-fake: GET {url}{asked} was answered with 401")
    assert main(["explain", "--url", url]) == 1
    assert "Connection refused" in capsys.readouterr().err
    assert main(["explain", "--url", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith(f"knock-fake: GET nowhere{asked} failed: ")


def test_one_line_tells_the_url_as_soon_as_it_answers() -> None:
    with serving("--seed", "7") as served:
        assert served.client.get("/_health").json() == {"status": "ok"}
        url = str(served.client.base_url).rstrip("/")
        assert served.ready == (f"knock_fake is ready at {url}  (clock: real, seed: 7, unknown workflows: accept)\n")
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert served.inspector == f"The inspector shows what is sent: {url}/\n"
        assert "<title>knock_fake inspector</title>" in served.client.get("/").text


@pytest.mark.parametrize(
    ("options", "printed", "opened"),
    [
        ((), ["knock_fake is ready", "The inspector"], []),
        (("--open",), ["knock_fake is ready", "The inspector"], ["http://127.0.0.1:4010/"]),
        (("--host", "0.0.0.0"), ["knock_fake is ready"], []),  # noqa: S104 - nothing listens
        (("--host", "0.0.0.0", "--control-token", "t"), ["knock_fake is ready", "The inspector"], []),  # noqa: S104
    ],
)
def test_the_inspector_is_named_where_it_works_and_opened_where_that_is_asked_for(
    options: tuple[str, ...],
    printed: list[str],
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def serve_forever(handler: Handler, host: str, port: int, on_ready: Callable[[str], None]) -> None:
        on_ready(f"http://{host}:{port}")

    launched: list[str] = []
    monkeypatch.setattr(live, "serve_forever", serve_forever)
    monkeypatch.setattr("click.launch", launched.append)
    assert main(["serve", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.startswith(begin) for line, begin in zip(lines, printed, strict=True)] == [True] * len(printed)
    assert launched == opened


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no way to send these signals to one process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_peace_without_waiting_for_clients(number: signal.Signals) -> None:
    with serving() as served:
        assert served.client.get("/_health").status_code == 200  # and the connection stays open
        served.process.send_signal(number)
        # One that waited for its clients would hold the idle connection for a minute and more.
        out, err = served.process.communicate(timeout=SECONDS_TO_WAIT)
    assert (served.process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_one_line_and_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    taken = f"port {port} on 127.0.0.1 is taken"
    remedy = "stop what listens there, choose another port, or take port 0 for any free one"
    assert capsys.readouterr() == ("", f"knock-fake: {taken}: {remedy}\n")


def test_a_refusal_reaches_the_shell_without_traceback() -> None:
    command = [sys.executable, "-m", "knock_fake", "serve", "--speed", "0"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == (
        "knock-fake: Invalid value for '--speed': '0' is no speed: give a number greater than 0, such as 60, "
        "which makes an hour of every minute\n"
    )


NO_PORT = "is no port: give a number up to 65535, or 0 for any free one"
NO_SPEED = "is no speed: give a number greater than 0, such as 60, which makes an hour of every minute"
NO_INSTANT = "is no ISO-8601 instant: write one such as 2026-01-01T09:00:00Z"
ONE_SECRET = "give one, or add endpoints with keys of their own by POST /_fake/webhooks"
NO_ENDPOINT = "https:// or http://: give one such as http://127.0.0.1:3000/webhooks"
NO_ADDRESS = "is no address: give one of this machine such as 127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["serve", "--port", "65536"], f"Invalid value for '--port': '65536' {NO_PORT}"),
        (["serve", "--port", "-1"], f"Invalid value for '--port': '-1' {NO_PORT}"),
        (["serve", "--port", "http"], f"Invalid value for '--port': 'http' {NO_PORT}"),
        (["serve", "--port", "٤٠١٠"], f"Invalid value for '--port': '٤٠١٠' {NO_PORT}"),
        (["serve", "--host", ""], f"Invalid value for '--host': '' {NO_ADDRESS}"),
        (["serve", "--host", "é..b"], f"Invalid value for '--host': 'é..b' {NO_ADDRESS}"),
        (["serve", "--speed", "-2"], f"Invalid value for '--speed': '-2' {NO_SPEED}"),
        (["serve", "--speed", "nan"], f"Invalid value for '--speed': 'nan' {NO_SPEED}"),
        (["serve", "--speed", "inf"], f"Invalid value for '--speed': 'inf' {NO_SPEED}"),
        (["serve", "--speed", "fast"], f"Invalid value for '--speed': 'fast' {NO_SPEED}"),
        (["serve", "--start", "monday"], f"Invalid value for '--start': 'monday' {NO_INSTANT}"),
        (["serve", "--start", ""], f"Invalid value for '--start': '' {NO_INSTANT}"),
        (
            ["serve", "--start", "0001-01-01T00:00+14:00"],
            f"Invalid value for '--start': '0001-01-01T00:00+14:00' {NO_INSTANT}",
        ),
        (["serve", "--seed", "1.5"], "Invalid value for '--seed': '1.5' is not a valid integer."),
        (
            ["serve", "--clock", "fast"],
            "Invalid value for '--clock': 'fast' is not one of 'real', 'manual'.",
        ),
        (
            ["serve", "--unknown-workflows", "guess"],
            "Invalid value for '--unknown-workflows': 'guess' is not one of 'reject', 'accept'.",
        ),
        (
            ["serve", "--clock", "manual", "--speed", "2"],
            "--speed is for the real clock: leave it out, or take --clock real",
        ),
        (
            ["serve", "--secret-key", "a", "--public-key", "a"],
            "the key 'a' cannot be secret and public at once",
        ),
        (
            ["serve", "--webhook", "app.test"],
            f"Invalid value for '--webhook': the URL 'app.test' does not begin with {NO_ENDPOINT}",
        ),
        (
            ["serve", "--webhook-secret", "key"],
            "--webhook-secret is for endpoints: add --webhook URL, or leave it out",
        ),
        (
            ["serve", "--webhook", "http://127.0.0.1:1/", "--webhook-secret", "a", "--webhook-secret", "b"],
            f"--webhook-secret is for every --webhook: {ONE_SECRET}",
        ),
        (["serve", "--port"], "Option '--port' requires an argument."),
        (["serve", "now"], "Got unexpected extra argument (now)"),
        (["demo", "--port", "4010"], "--port is where to serve: add --serve, or leave it out"),
        (["demo", "--serve", "--port", "x"], f"Invalid value for '--port': 'x' {NO_PORT}"),
    ],
)
def test_what_cannot_be_taken_is_one_line_and_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", f"knock-fake: {line}\n")


@pytest.mark.parametrize("arguments", [["serve", "--prot", "1"], ["srve"], ["--verbose"]])
def test_an_unknown_word_is_named_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    word = next(one for one in arguments if one != "serve")
    # The wording after the name is click's own, and differs from version to version.
    assert out == ""
    assert re.fullmatch(rf"knock-fake: No such (option|command):? '?{re.escape(word)}\b.*\n", err)


def test_a_server_that_cannot_start_is_one_line_and_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise KnockFakeError("the application failed to start")

    monkeypatch.setattr(live, "serve_forever", fail)
    assert main(["serve"]) == 1
    assert capsys.readouterr() == ("", "knock-fake: the application failed to start\n")


def test_ctrl_c_before_there_is_a_server_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live, "serve_forever", interrupt)
    assert main(["serve"]) == 130
    assert capsys.readouterr() == ("", "\n")


def test_a_real_clock_shows_the_machines_time() -> None:
    before = datetime.now(UTC)
    with serving() as served:
        shown = datetime.fromisoformat(served.updated_at())
    after = datetime.now(UTC)
    assert before <= shown <= after


def test_a_real_clock_runs_from_its_start_at_its_speed() -> None:
    start = datetime(2030, 5, 1, 12, tzinfo=UTC)
    with serving("--start", "2030-05-01T12:00:00Z", "--speed", "36000") as served:
        assert "(clock: real, speed: 36000, seed: 0, unknown workflows: accept)" in served.ready
        deadline = time.perf_counter() + SECONDS_TO_WAIT
        shown = [start]
        while shown[-1] < start + timedelta(hours=1) and time.perf_counter() < deadline:
            shown.append(datetime.fromisoformat(served.updated_at()))
    assert shown[-1] >= start + timedelta(hours=1)
    assert all(earlier <= later for earlier, later in pairwise(shown))


def test_a_delay_passes_by_itself_in_a_world_on_a_wall_clock() -> None:
    world = KnockFake(time_source=wall_clock.wall_clock(None, 36_000))
    world.workflows.add("later", steps=[delay("1h"), in_app_feed("Now")])
    with (
        live.LiveServer(world) as server,
        httpx.Client(base_url=server.url, headers=HEADERS, trust_env=False) as client,
    ):
        recipients = {"recipients": [{"id": "jane"}]}
        client.post("/v1/workflows/later/trigger", json=recipients).raise_for_status()
        deadline = time.perf_counter() + SECONDS_TO_WAIT
        items: list[dict[str, str]] = []
        while not items and time.perf_counter() < deadline:
            items = client.get(f"/v1/users/jane/feeds/{FEED}").json()["entries"]
    [run] = world.state.runs
    [item] = items
    # However late somebody looks, it happened when it was due.
    assert datetime.fromisoformat(item["inserted_at"]) == run.inserted_at + timedelta(hours=1) <= world.clock.now


def test_a_manual_clock_stands_still() -> None:
    with serving("--clock", "manual") as served:
        assert "(clock: manual, seed: 0, unknown workflows: accept)" in served.ready
        assert {served.updated_at() for _ in range(3)} == {"2026-01-01T00:00:00.000000Z"}


@pytest.mark.parametrize("clock", ["manual", "real"])
def test_a_start_is_where_the_world_begins_and_begins_again(clock: str, served_world: Callable[..., KnockFake]) -> None:
    world = served_world("serve", "--clock", clock, "--start", "2030-05-01T14:00:00+02:00")
    start = datetime(2030, 5, 1, 12, tzinfo=UTC)
    assert (world.clock.now, world.clock.is_manual) == (start, clock == "manual")
    world.clock.advance("1h")
    world.reset()
    assert world.clock.now == start


@pytest.mark.parametrize(
    ("options", "unknown_answered"),
    [([], 200), (["--unknown-workflows", "accept"], 200), (["--unknown-workflows", "reject"], 404)],
)
def test_workflows_that_nobody_defined_are_accepted_unless_rejected(
    options: list[str], unknown_answered: int, served_world: Callable[..., KnockFake]
) -> None:
    world = served_world("serve", *options)
    body = json.dumps({"recipients": [{"id": "jane"}]}).encode()
    assert status_of(world, "sk_x", "/v1/workflows/never-defined/trigger", body) == unknown_answered


def test_keys_can_be_given_several_times(served_world: Callable[..., KnockFake]) -> None:
    world = served_world("serve", "--secret-key", "one", "--secret-key", "two", "--public-key", "open")
    assert [status_of(world, key) for key in ("one", "two", "open", "sk_other")] == [200, 200, 403, 401]


def test_the_seed_decides_the_identifiers(served_world: Callable[..., KnockFake]) -> None:
    def run_id(*options: str) -> bytes:
        world = served_world("serve", "--clock", "manual", *options)
        body = b'{"recipients": [{"id": "jane"}]}'
        return world.handle(Call("POST", "/v1/workflows/any/trigger", "", HEADERS, body)).body

    assert run_id() == run_id("--seed", "0") == run_id("--seed", "0")
    assert run_id() != run_id("--seed", "1")


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"knock-fake {__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_the_help_names_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("Usage: knock-fake [OPTIONS] ")
    assert re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE) == [
        "check",
        "demo",
        "explain",
        "serve",
    ]


def test_the_help_of_serve_says_what_becomes_of_unknown_workflows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "accept: the workflow is made up, with one in-app step." in text
    assert "The ready line tells which of the two holds. [default: accept; with --knock-dir reject]" in text


def write_workflow(directory: Path, key: str) -> Path:
    file = directory / "workflows" / key / "workflow.json"
    file.parent.mkdir(parents=True)
    template = {"subject": "Hi", "html_body": "Hi", "settings": {}}
    step = {"type": "channel", "channel_key": "postmark", "channel_type": "email", "template": template}
    file.write_text(json.dumps({"name": key, "steps": [step]}))
    return directory


def test_a_server_has_the_workflows_of_its_directories(
    served_world: Callable[..., KnockFake], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = write_workflow(tmp_path / "one", "welcome"), write_workflow(tmp_path / "other", "goodbye")
    world = served_world("serve", "--knock-dir", str(one), "--knock-dir", str(other))
    statuses = [
        status_of(world, "sk_test_x", f"/v1/workflows/{key}/trigger", b'{"recipients": [{"id": "jane"}]}')
        for key in ("welcome", "goodbye", "unheard-of")
    ]
    assert statuses == [200, 200, 404]
    world.reset()
    assert world.workflows.keys() == ["welcome", "goodbye"]
    assert capsys.readouterr() == ("", "")


def test_a_server_with_directories_can_accept_other_workflows(
    served_world: Callable[..., KnockFake], tmp_path: Path
) -> None:
    directory = str(write_workflow(tmp_path, "welcome"))
    world = served_world("serve", "--knock-dir", directory, "--unknown-workflows", "accept")
    body = b'{"recipients": [{"id": "jane"}]}'
    assert status_of(world, "sk_test_x", "/v1/workflows/unheard-of/trigger", body) == 200


def test_a_server_tells_what_it_loaded_after_it_is_ready(tmp_path: Path) -> None:
    with serving("--knock-dir", str(write_workflow(tmp_path, "welcome"))) as served:
        assert served.ready.endswith("(clock: real, seed: 0, unknown workflows: reject)\n")
        assert served.process.stdout is not None
        lines = [served.process.stdout.readline() for _ in range(2)]
    assert lines[0] == "1 workflow: welcome\n"
    assert lines[1].startswith("added channel 'postmark': email, provider postmark, id ")


def test_a_server_does_not_start_with_a_broken_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write_workflow(tmp_path, "welcome")
    file = directory / "workflows" / "welcome" / "workflow.json"
    file.write_text('{"steps": [{"type": "dealy"}]}')
    assert main(["serve", "--knock-dir", str(directory)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    head, problem, *_ = err.splitlines()
    assert head == "knock-fake: 1 problem, so that nothing was loaded"
    assert problem.startswith(f"  {file}: steps[0].type: steps of type 'dealy' cannot be run by this version")


def test_servers_are_imported_only_to_serve() -> None:
    code = "import sys, knock_fake.cli; print(sorted({'httpx', 'starlette', 'uvicorn', 'werkzeug'} & {*sys.modules}))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert process.stdout == "[]\n"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_the_environment_declines_them(
    no_color: str | None, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert main(["demo"]) == 0
    assert ("\x1b[" in terminal.getvalue()) is coloured


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the machine's elapsed time be what is said."""
    seconds = [1000.0]
    monkeypatch.setattr(wall_clock, "_elapsed_seconds", lambda: seconds[-1])
    monkeypatch.setattr(wall_clock, "machine_time", lambda: datetime(2027, 3, 4, tzinfo=UTC))
    return seconds.append


def test_a_wall_clock_begins_at_the_present_and_goes_on_with_it(elapsed: Callable[[float], None]) -> None:
    present = wall_clock.wall_clock(None, 1)
    assert present() == datetime(2027, 3, 4, tzinfo=UTC)
    elapsed(1001.5)
    assert present() == datetime(2027, 3, 4, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_wall_clock_goes_from_its_start_at_its_speed(elapsed: Callable[[float], None]) -> None:
    present = wall_clock.wall_clock(datetime(2030, 1, 1), 60)  # noqa: DTZ001 - naive means UTC
    assert present() == datetime(2030, 1, 1, tzinfo=UTC)
    elapsed(1090.0)
    assert present() == datetime(2030, 1, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("speed", [1e12, 1e300, 1.7e308])
def test_a_wall_clock_stays_at_the_end_of_the_calendar(speed: float, elapsed: Callable[[float], None]) -> None:
    present = wall_clock.wall_clock(None, speed)
    elapsed(2000.0)
    assert present() == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_wall_clock_does_not_stand_or_go_back(speed: float) -> None:
    with pytest.raises(UsageError) as raised:
        wall_clock.wall_clock(None, speed)
    assert str(raised.value) == f"the speed of a wall clock must be greater than 0, not {speed!r}"


# -- scenarios ---------------------------------------------------------------------------------------------


def test_a_scenario_is_served_and_laid_anew_when_it_changes(tmp_path: Path) -> None:
    scenario = tmp_path / "world.yaml"
    scenario.write_text("seed: 7\nusers: [{id: jane}]\n")
    with serving("--clock", "manual", "--scenario", str(scenario), "--watch") as served:
        assert "seed: 7" in served.ready
        assert [user["id"] for user in served.client.get("/v1/users").json()["entries"]] == ["jane"]
        assert served.process.stdout is not None
        assert served.process.stderr is not None
        scenario.write_text("users: [{id: joe}, {id: ann}]\n")
        assert served.process.stdout.readline() == f"laid anew: {scenario}\n"
        assert [user["id"] for user in served.client.get("/v1/users").json()["entries"]] == ["joe", "ann"]
        scenario.write_text("users: [{name: joe}, {id: ann}, 7]\n")
        told = served.process.stderr.readline()
        assert told == f"knock-fake: the scenario stays as it was: {scenario}:1: users.0.id: is required\n"
        assert [user["id"] for user in served.client.get("/v1/users").json()["entries"]] == ["joe", "ann"]


def test_a_scenario_that_is_wrong_is_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "world.yaml"
    scenario.write_text("\nusers: 7\n")
    assert main(["serve", "--scenario", str(scenario)]) == 2
    assert f"{scenario}:2: users: must be a list" in capsys.readouterr().err


def test_only_scenarios_are_watched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--watch"]) == 2
    assert "--watch is for scenarios: add --scenario FILE" in capsys.readouterr().err


def test_every_key_has_a_world_with_the_scenario(served_world: Callable[..., KnockFake], tmp_path: Path) -> None:
    scenario = tmp_path / "world.yaml"
    scenario.write_text("users: [{id: jane}]\n")
    world = served_world("serve", "--per-key", "--scenario", str(scenario))
    assert [user.id for user in world.users] == ["jane"]
