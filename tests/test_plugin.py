from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import knockapi
import pytest

from knock_fake import KnockFake
from knock_fake.steps import delay, in_app_feed, sms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

STORY = "test_story"
HEADER = """
import httpx
import pytest

HEADERS = {"authorization": "Bearer sk_test_x"}
JANE = "https://api.knock.app/v1/users/jane"

"""


class Imports:
    """A plugin of the inner sessions: remembers what they import, which pytester takes out when they end.

    They run in this process. What is imported in there and then again outside would be two copies, and a class of
    the one is no class of the other.
    """

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}

    def pytest_unconfigure(self) -> None:
        self._modules.update({name: module for name, module in sys.modules.items() if name != STORY})

    def put_back(self) -> None:
        for name, module in self._modules.items():
            sys.modules.setdefault(name, module)


@pytest.fixture
def imports() -> Iterator[Imports]:
    """Put back what the inner sessions imported, after pytester has cleaned up for the last time."""
    kept = Imports()
    yield kept
    kept.put_back()


@pytest.fixture
def run(imports: Imports, pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run pytest in a directory of its own on the text of a test module."""

    def run_pytest(source: str, *arguments: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(**{STORY: HEADER + source})
        result = pytester.runpytest("-p", "no:cacheprovider", *arguments, plugins=[imports])
        imports.put_back()
        return result

    return run_pytest


def section(result: pytest.RunResult, title: str) -> list[str]:
    """Return the lines of one section of a report."""
    lines = result.outlines
    begin = next(index for index, line in enumerate(lines) if line.strip("-_=") == f" {title} ")
    end = next(index for index in range(begin + 1, len(lines)) if lines[index][:3] in ("---", "___", "==="))
    return lines[begin + 1 : end]


# -- fixtures ----------------------------------------------------------------------------------------------


def test_the_world_answers_every_call_to_knock_and_is_gone_after_the_test(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
import knockapi, requests

ORIGINAL = httpx.HTTPTransport.handle_request

def test_first(knock):
    assert httpx.put(JANE, json={"name": "Jane"}, headers=HEADERS).status_code == 200
    assert requests.get(JANE, headers=HEADERS).json()["name"] == "Jane"
    assert knockapi.Knock(api_key="sk_test_x").users.get("jane").id == "jane"
    assert [entry.operation for entry in knock.journal] == ["users.update", "users.get", "users.get"]

def test_second(knock):
    assert httpx.get(JANE, headers=HEADERS).status_code == 404
    assert len(knock.journal) == 1

def test_without():
    assert httpx.HTTPTransport.handle_request is ORIGINAL
"""
    )
    result.assert_outcomes(passed=3)


def test_the_client_is_the_sdk_on_the_tests_world(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
def test_client(knock_client, knock):
    knock_client.users.update("jane")
    assert [entry.operation for entry in knock.journal] == ["users.update"]

@pytest.mark.knock(secret_keys=["main"])
def test_key(knock_client):
    assert knock_client.users.update("jane").id == "jane"
"""
    )
    result.assert_outcomes(passed=2)


def test_the_server_is_one_for_the_session_and_answers_from_the_world_of_each_test(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(
        """
URLS = set()

@pytest.mark.parametrize("turn", [1, 2])
def test_turn(turn, knock, knock_server):
    URLS.add(knock_server)
    with httpx.Client(base_url=knock_server, headers=HEADERS, trust_env=False) as client:
        assert client.get("/v1/users/jane").status_code == 404
        assert client.put("/v1/users/jane", json={}).status_code == 200
    assert len(knock.journal) == 2

def test_afterwards():
    (url,) = URLS
    assert httpx.get(f"{url}/v1/users/jane", headers=HEADERS, trust_env=False).status_code == 404
"""
    )
    result.assert_outcomes(passed=3)


def test_the_server_sets_the_environment_for_the_time_of_the_test(
    run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOCK_API_KEY", "sk_real")
    monkeypatch.delenv("KNOCK_BASE_URL", raising=False)
    result = run(
        """
import os

def seen():
    return os.environ.get("KNOCK_BASE_URL"), os.environ.get("KNOCK_API_KEY")

def test_before():
    assert seen() == (None, "sk_real")

def test_during(knock_server):
    assert seen() == (knock_server, "sk_test_knock_fake")

@pytest.mark.knock(secret_keys=["main"])
def test_with_a_key_of_its_own(knock_server):
    assert seen() == (knock_server, "main")

def test_after():
    assert seen() == (None, "sk_real")
"""
    )
    result.assert_outcomes(passed=4)


def test_the_sdk_finds_the_server_by_itself(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
import knockapi

def test_sdk(knock, knock_server):
    assert knockapi.Knock().users.update("jane").id == "jane"
    assert [entry.call.origin for entry in knock.journal] == [knock_server]
"""
    )
    result.assert_outcomes(passed=1)


# -- arguments of the world --------------------------------------------------------------------------------


def test_a_marker_gives_the_worlds_arguments_and_the_closest_one_wins(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
pytestmark = pytest.mark.knock(seed=1, start="2026-05-01")

def test_module(knock):
    assert (knock.seed, knock.clock.now.isoformat()) == (1, "2026-05-01T00:00:00+00:00")

@pytest.mark.knock(seed=2)
class TestGroup:
    def test_class(self, knock):
        assert (knock.seed, knock.clock.now.month) == (2, 5)

    @pytest.mark.knock(seed=3, variables={"app": "x"}, public_keys=["browser"])
    def test_function(self, knock):
        assert (knock.seed, knock.clock.now.month, knock.variables.all()) == (3, 5, {"app": "x"})
        assert httpx.get(JANE, headers={"authorization": "Bearer browser"}).status_code == 404

@pytest.mark.knock(unknown_workflows="accept", block_network=True)
def test_rest(knock):
    body = {"recipients": [{"id": "jane"}]}
    url = "https://api.knock.app/v1/workflows/digest/trigger"
    assert httpx.post(url, json=body, headers=HEADERS).status_code == 200
    with pytest.raises(RuntimeError, match="was blocked"):
        httpx.get("https://example.com/")
"""
    )
    result.assert_outcomes(passed=4)


def test_a_scenario_is_the_world_of_a_test(pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]) -> None:
    (pytester.path / "jane.yaml").write_text("start: 2026-05-01T00:00:00Z\nusers: [{id: jane, name: Jane}]\n")
    (pytester.path / "joe.yaml").write_text("users: [{id: joe}]\n")
    result = run(
        """
def test_ini(knock):
    assert [user.id for user in knock.users] == ["joe"]

@pytest.mark.knock(scenario="jane.yaml")
def test_one(knock, knock_client):
    assert (knock_client.users.get("jane").name, knock.clock.now.month) == ("Jane", 5)

@pytest.mark.knock(scenario=["jane.yaml", "joe.yaml"])
def test_two(knock):
    assert [user.id for user in knock.users] == ["jane", "joe"]
""",
        ini="knock_scenario = joe.yaml",
    )
    result.assert_outcomes(passed=3)


def test_ini_options_are_the_defaults_of_every_world(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
def test_ini(knock):
    assert (knock.seed, knock.clock.now.isoformat()) == (-7, "2026-05-01T08:00:00+00:00")
    body = {"recipients": [{"id": "jane"}]}
    url = "https://api.knock.app/v1/workflows/digest/trigger"
    assert httpx.post(url, json=body, headers=HEADERS).status_code == 200
    with pytest.raises(RuntimeError, match="was blocked"):
        httpx.get("https://example.com/")

@pytest.mark.knock(seed=5, unknown_workflows="reject")
def test_marker(knock):
    assert knock.seed == 5
    assert knock.core.library.strict_variables is True
    body = {"recipients": [{"id": "jane"}]}
    url = "https://api.knock.app/v1/workflows/digest/trigger"
    assert httpx.post(url, json=body, headers=HEADERS).status_code == 404
""",
        ini="""
knock_seed = -7
knock_start = 2026-05-01T10:00:00+02:00
knock_unknown_workflows = accept
knock_strict_variables = true
knock_block_network = true
""",
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "ini", "problem"),
    [
        ("seed=1.5", "", "@pytest.mark.knock: seed must be an integer, not 1.5"),
        (
            'start="soon"',
            "",
            (
                "@pytest.mark.knock: the start of the clock: 'soon' is not an ISO-8601 instant "
                "such as '2026-01-01T09:00:00Z'"
            ),
        ),
        ("sed=1", "", "@pytest.mark.knock has no argument 'sed'; did you mean 'seed'?"),
        ("1", "", "@pytest.mark.knock takes keywords only, such as seed=1, not (1,)"),
        (
            "",
            "knock_start = soon",
            (
                "the ini option knock_start: the start of the clock: 'soon' is not an ISO-8601 instant "
                "such as '2026-01-01T09:00:00Z'"
            ),
        ),
    ],
)
def test_arguments_that_cannot_be_taken_are_one_line_of_error(
    run: Callable[..., pytest.RunResult], marker: str, ini: str, problem: str
) -> None:
    result = run(f"@pytest.mark.knock({marker})\ndef test_it(knock): pass\n", ini=ini)
    result.assert_outcomes(errors=1)
    assert section(result, "ERROR at setup of test_it") == [problem]


WORKFLOW = '{"steps": [{"type": "delay", "settings": {"delay_for": {"unit": "hours", "value": 1}}}]}'


@pytest.fixture
def directories(pytester: pytest.Pytester) -> None:
    """Two directories beside the ini file, ``knock`` and ``more``, with a workflow each."""
    for directory, key in (("knock", "welcome"), ("more", "goodbye")):
        pytester.mkdir(directory)
        path = pytester.path / directory / "workflows" / key
        path.mkdir(parents=True)
        (path / "workflow.json").write_text(WORKFLOW)


@pytest.mark.usefixtures("directories")
@pytest.mark.parametrize(
    ("marker", "ini", "keys"),
    [
        ("", "", []),
        ("", "knock_dir = knock", ["welcome"]),
        ("", "knock_dir = knock more", ["welcome", "goodbye"]),
        ("knock_dir='more'", "knock_dir = knock", ["goodbye"]),
        ("knock_dir=pathlib.Path('more')", "", ["goodbye"]),
        ("knock_dir=['more', 'knock']", "", ["goodbye", "welcome"]),
        ("knock_dir=None", "knock_dir = knock", []),
    ],
)
def test_directories_are_loaded_wherever_the_tests_run(
    run: Callable[..., pytest.RunResult], pytester: pytest.Pytester, marker: str, ini: str, keys: list[str]
) -> None:
    source = f"""
import os, pathlib

os.chdir("/")

@pytest.mark.knock({marker})
def test_it(knock):
    assert knock.workflows.keys() == {keys}
    knock.reset()
    assert knock.workflows.keys() == {keys}
"""
    run(source, ini=ini).assert_outcomes(passed=1)


@pytest.mark.usefixtures("directories")
@pytest.mark.parametrize(
    ("marker", "ini", "culprit"),
    [
        ("", "knock_dir = nock", "the ini option knock_dir"),
        ("knock_dir='nock'", "", "@pytest.mark.knock"),
        ("knock_dir='nock'", "knock_dir = knock", "@pytest.mark.knock"),
    ],
)
def test_a_directory_that_cannot_be_loaded_is_told_without_traceback(
    run: Callable[..., pytest.RunResult], marker: str, ini: str, culprit: str
) -> None:
    result = run(f"@pytest.mark.knock({marker})\ndef test_it(knock): pass\n", ini=ini)
    result.assert_outcomes(errors=1)
    assert section(result, "ERROR at setup of test_it") == [
        f"{culprit}: 1 problem, so that nothing was loaded",
        "  nock: directory: does not exist",
    ]


def test_the_marker_is_declared(run: Callable[..., pytest.RunResult]) -> None:
    result = run("@pytest.mark.knock(seed=1)\ndef test_it(): pass\n", "--strict-markers")
    result.assert_outcomes(passed=1)
    result = run("", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.knock(seed=0, start=None, unknown_workflows='reject', *"])


def test_options_and_fixtures_explain_themselves(run: Callable[..., pytest.RunResult]) -> None:
    run("", "--help").stdout.fnmatch_lines_random(
        [
            "*knock_seed (string):*",
            "*knock_start (string):*",
            "*knock_unknown_workflows (string):*",
            "*knock_dir (paths):*",
            "*knock_strict_variables (bool):*",
            "*knock_block_network (bool):*",
        ]
    )
    run("", "--fixtures").stdout.fnmatch_lines_random(["knock -- *", "knock_client -- *", "knock_server -- *"])


def test_no_world_outlives_its_test(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
import gc
import weakref

earlier = []

def test_first(knock):
    assert knock.client().users.update("jane").id == "jane"
    earlier.append(weakref.ref(knock))

def test_second(knock):
    gc.collect()
    assert [world() for world in earlier] == [None]
"""
    )
    result.assert_outcomes(passed=2)


# -- what a failing test says ------------------------------------------------------------------------------

FAILING = """
from knock_fake.steps import delay, in_app_feed, sms

def test_it(knock):
    steps = [sms("Hi"), in_app_feed("Hello"), delay("1h"), in_app_feed("{{ 1 | modulo: 0 }}")]
    knock.workflows.add("digest", steps=steps)
    for key in ("digets", "digest"):
        url = f"https://api.knock.app/v1/workflows/{key}/trigger"
        httpx.post(url, json={"recipients": [{"id": "jane"}]}, headers=HEADERS)
    knock.clock.advance("1h30m")
    assert len(knock.state.messages) == 2
"""


def test_a_failing_test_says_what_the_world_did(run: Callable[..., pytest.RunResult]) -> None:
    result = run(FAILING, ini="knock_seed = 7")
    result.assert_outcomes(failed=1)
    (message,) = story(7)
    assert section(result, "knock") == [
        "now 2026-01-01T01:30:00Z, seed 7",
        "2 calls:",
        (
            "  2026-01-01T00:00:00Z  POST /v1/workflows/digets/trigger -> 404  "
            "(there is no workflow 'digets': did you mean 'digest'?)"
        ),
        "  2026-01-01T00:00:00Z  POST /v1/workflows/digest/trigger -> 200",
        "1 run:",
        "  digest for jane: completed, 1 message",
        "    sms_1 skipped: the channel needs recipient.phone_number",
        f"    in_app_feed_1 sent: in_app_feed message {message}",
        "    delay_1 waits until 2026-01-01T01:00:00.000000Z",
        (
            "    in_app_feed_2 failed: workflow 'digest': steps[3].template.markdown_body, line 1: "
            "filter 'modulo': can't divide by 0"
        ),
        "    run halted: step in_app_feed_2 failed 3 times",
    ]


def story(seed: int) -> list[str]:
    """Return the ids of the messages that the failing test makes in a world of this seed."""
    knock = KnockFake(seed=seed)
    knock.workflows.add("digest", steps=[sms("Hi"), in_app_feed("Hello"), delay("1h"), in_app_feed("Hello")])
    with pytest.raises(knockapi.NotFoundError):
        knock.client().workflows.trigger("digets", recipients=[{"id": "jane"}])
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    return [message.id for message in knock.state.messages]


def test_a_long_report_keeps_to_the_newest_calls_and_runs(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
from knock_fake.steps import in_app_feed

def test_it(knock):
    knock.workflows.add("digest", steps=[in_app_feed("Hello")])
    for number in range(16):
        body = {"recipients": [{"id": f"user-{number}"}]}
        httpx.post("https://api.knock.app/v1/workflows/digest/trigger", json=body, headers=HEADERS)
    assert False
"""
    )
    lines = section(result, "knock")
    assert [line for line in lines if not line.startswith("    ")] == [
        "now 2026-01-01T00:00:00Z, seed 0",
        "16 calls:",
        "  2026-01-01T00:00:00Z  POST /v1/workflows/digest/trigger -> 200  (16x)",
        "16 runs, the last 10:",
        *[f"  digest for user-{number}: completed, 1 message" for number in range(6, 16)],
    ]


def test_a_world_that_nobody_used_says_so(run: Callable[..., pytest.RunResult]) -> None:
    result = run("def test_it(knock): assert False\n")
    assert section(result, "knock") == ["now 2026-01-01T00:00:00Z, seed 0", "0 calls", "0 runs"]


@pytest.mark.parametrize(
    "source",
    ["def test_it(knock): pass\n", "def test_it(): assert False\n", "def test_it(knock): pytest.skip('later')\n"],
    ids=["passes", "has no world", "is skipped"],
)
def test_whatever_passes_is_skipped_or_has_no_world_says_nothing(
    run: Callable[..., pytest.RunResult], source: str
) -> None:
    assert not any(line.strip("-") == " knock " for line in run(source).outlines)


# -- operations that are not built -------------------------------------------------------------------------

UNBUILT = """
from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.journal import Entry

def test_it(knock):
    for number, name in enumerate(["tenants.list", "tenants.list", "schedules.list"], start=1):
        knock.journal.write(Entry(number, knock.clock.now, Call("GET", "/v1/..."), Reply(501), name, None))
"""


def test_calls_of_operations_that_are_not_built_are_warned_of_at_the_test(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(UNBUILT, "-W", "always")
    result.assert_outcomes(passed=1, warnings=1)
    test, warning, *_ = section(result, "warnings summary")
    assert test == "test_story.py::test_it"
    assert warning.endswith(
        "test_story.py:11: UnbuiltOperationWarning: this version of knock_fake answers 501 to: "
        "schedules.list (1x), tenants.list (2x)"
    )


RAISING = """
from knock_fake.steps import email

def test_it(knock, knock_client):
    def receive(request):
        assert request.json["data"]["recipient"] == "joe"

    knock.webhooks.add("https://app.test/", "message.sent", app=receive)
    knock.workflows.add("welcome", steps=[email("Hi", "there")])
    knock_client.workflows.trigger("welcome", recipients=[{"id": "jane", "email": "jane@example.com"}])
"""


def test_a_receiver_of_webhooks_that_raised_an_error_is_warned_of_at_the_test(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(RAISING, "-W", "always")
    result.assert_outcomes(passed=1, warnings=1)
    test, warning, *_ = section(result, "warnings summary")
    assert test == "test_story.py::test_it"
    assert (
        "WebhookReceiverWarning: a receiver of webhooks raised an error: webhook message.sent to https://app.test/, "
        "attempt 1: responder 1 (endpoint https://app.test/): receive() failed: AssertionError: assert 'jane' == 'joe'"
    ) in warning
    run(RAISING, "-W", "error").assert_outcomes(passed=1, errors=1)


def test_where_warnings_are_errors_that_is_an_error_at_teardown(run: Callable[..., pytest.RunResult]) -> None:
    result = run(UNBUILT, "-W", "error")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            (
                "E * knock_fake.failure_report.UnbuiltOperationWarning: this version of knock_fake answers 501 to: "
                "schedules.list (1x), tenants.list (2x)"
            ),
        ]
    )


# -- other ways to run -------------------------------------------------------------------------------------


def test_everything_works_where_warnings_are_errors(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
def test_all(knock, knock_client, knock_server):
    knock_client.users.update("jane")
    assert httpx.get(JANE, headers=HEADERS).status_code == 200
    assert httpx.get(f"{knock_server}/v1/users/jane", headers=HEADERS, trust_env=False).status_code == 200
""",
        "-W",
        "error",
    )
    result.assert_outcomes(passed=1)


def test_tests_may_run_in_several_processes(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
@pytest.mark.parametrize("turn", range(4))
def test_turn(turn, knock, knock_server):
    assert httpx.put(f"{knock_server}/v1/users/jane", json={}, headers=HEADERS, trust_env=False).status_code == 200
    assert len(knock.journal) == 1

def test_failing(knock):
    assert False
""",
        "-n",
        "2",
    )
    result.assert_outcomes(passed=4, failed=1)
    assert section(result, "knock") == ["now 2026-01-01T00:00:00Z, seed 0", "0 calls", "0 runs"]


def test_the_plugin_imports_nothing_but_pytest_and_the_standard_library() -> None:
    code = (
        "import sys, pytest\n"
        "before = {name.partition('.')[0] for name in sys.modules}\n"
        "import conftest_plugin\n"
        "after = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(after - before - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "['conftest_plugin']"
