"""What the pytest plugin says when something goes wrong, and what it makes of a project's own set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.test_plugin import HEADER, STORY, Imports, section

if TYPE_CHECKING:
    from collections.abc import Callable

UNUSED = ["now 2026-01-01T00:00:00Z, seed 0", "0 calls", "0 runs"]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run pytest in a directory of its own on the texts of a test module and of a conftest."""

    def run_pytest(source: str, *arguments: str, ini: str = "", conftest: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makeconftest(f"import pytest\n{conftest}")
        pytester.makepyfile(**{STORY: HEADER + source})
        imports = Imports()
        result = pytester.runpytest("-p", "no:cacheprovider", *arguments, plugins=[imports])
        imports.put_back()
        return result

    return run_pytest


# -- the report --------------------------------------------------------------------------------------------


def test_a_fixture_that_fails_after_the_world_is_made_has_a_report(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
@pytest.fixture
def jane(knock):
    httpx.put(JANE, json={}, headers=HEADERS)
    raise RuntimeError("oops")

def test_it(jane):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    assert section(result, "knock") == [
        "now 2026-01-01T00:00:00Z, seed 0",
        "1 call:",
        "  2026-01-01T00:00:00Z  PUT /v1/users/jane -> 200",
        "0 runs",
    ]


def test_a_teardown_that_fails_has_a_report(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
@pytest.fixture
def jane(knock):
    yield
    raise RuntimeError("oops")

def test_it(jane):
    pass
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "knock") == UNUSED


def test_calls_and_runs_that_repeat_themselves_are_told_once(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
from knock_fake.steps import sms

def test_it(knock):
    knock.workflows.add("digest", steps=[sms("Hi")])
    for name in ("jane", "jane", "joe", "joe", "joe", "jane"):
        body = {"recipients": [{"id": name}]}
        httpx.post("https://api.knock.app/v1/workflows/digest/trigger", json=body, headers=HEADERS)
    httpx.get(JANE, headers=HEADERS)
    assert False
"""
    )
    skipped = "    sms_1 skipped: the channel needs recipient.phone_number"
    assert section(result, "knock") == [
        "now 2026-01-01T00:00:00Z, seed 0",
        "7 calls:",
        "  2026-01-01T00:00:00Z  POST /v1/workflows/digest/trigger -> 200  (6x)",
        "  2026-01-01T00:00:00Z  GET /v1/users/jane -> 200",
        "6 runs:",
        "  digest for jane: completed, 0 messages  (2x)",
        skipped,
        "  digest for joe: completed, 0 messages  (3x)",
        skipped,
        "  digest for jane: completed, 0 messages",
        skipped,
    ]


def test_what_is_left_out_is_the_oldest(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
def test_it(knock):
    for number in range(32):
        httpx.get(f"https://api.knock.app/v1/users/user-{number // 2}", headers=HEADERS)
    assert False
"""
    )
    heading, *calls = section(result, "knock")[1:-1]
    assert heading == "32 calls, the last 30:"
    assert [call.split()[2] for call in calls] == [f"/v1/users/user-{number}" for number in range(1, 16)]
    assert all(call.endswith("  (2x)") for call in calls)


@pytest.mark.parametrize(
    ("waits", "line"),
    [
        (
            ["2h"],
            '1 timer pending, the next at 2026-01-01T02:00:00Z: knock.clock.advance("2h")',
        ),
        (
            ["1h30m", "3d"],
            '2 timers pending, the next at 2026-01-01T01:30:00Z: knock.clock.advance("90m")',
        ),
        (
            ["45s"],
            '1 timer pending, the next at 2026-01-01T00:00:45Z: knock.clock.advance("45s")',
        ),
    ],
)
def test_a_report_says_what_the_world_is_waiting_for(
    run: Callable[..., pytest.RunResult], waits: list[str], line: str
) -> None:
    result = run(
        f"""
from knock_fake.steps import delay, in_app_feed

def test_it(knock):
    for number, wait in enumerate({waits}):
        knock.workflows.add(f"digest-{{number}}", steps=[delay(wait), in_app_feed("Hello")])
        url = f"https://api.knock.app/v1/workflows/digest-{{number}}/trigger"
        httpx.post(url, json={{"recipients": [{{"id": "jane"}}]}}, headers=HEADERS)
    assert False
"""
    )
    assert section(result, "knock")[-1] == line


def test_a_wait_for_part_of_a_second_is_told_exactly(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
from datetime import timedelta

def test_it(knock):
    knock.clock.call_later(timedelta(seconds=1.5), lambda: None, "later")
    assert False
"""
    )
    assert section(result, "knock")[-1] == (
        "1 timer pending, the next at 2026-01-01T00:00:01.500000Z: knock.clock.advance(seconds=1.5)"
    )


# -- a fixture `knock` of the project's own ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["knock_client", "knock_server"])
def test_an_overridden_fixture_that_gives_no_world_is_named(run: Callable[..., pytest.RunResult], name: str) -> None:
    result = run(
        f"def test_it({name}): pass\n", conftest="@pytest.fixture\ndef knock():\n    return 'https://api.knock.app'\n"
    )
    result.assert_outcomes(errors=1)
    assert section(result, "ERROR at setup of test_it") == [
        (
            "the fixture `knock` is overridden here and is no KnockFake: it gave 'https://api.knock.app'; "
            "yield a KnockFake from it, or give it another name"
        )
    ]


OVERRIDDEN = """
from knock_fake import KnockFake

@pytest.fixture{scope}
def knock():
    with KnockFake(seed=5) as world:
        yield world
"""


@pytest.mark.parametrize("scope", ["", '(scope="session")'])
@pytest.mark.parametrize("arguments", ["knock", "knock_client", "knock, knock_server"])
def test_an_overridden_fixture_that_gives_a_world_keeps_its_report(
    run: Callable[..., pytest.RunResult], scope: str, arguments: str
) -> None:
    result = run(f"def test_it({arguments}): assert False\n", conftest=OVERRIDDEN.format(scope=scope))
    result.assert_outcomes(failed=1)
    assert section(result, "knock") == ["now 2026-01-01T00:00:00Z, seed 5", "0 calls", "0 runs"]


def test_calls_that_are_not_answered_are_warned_of_once_also_in_a_world_that_serves_several_tests(
    run: Callable[..., pytest.RunResult],
) -> None:
    # What this version answers grows, so the journal is told of a call that it cannot know.
    result = run(
        """
def miss(knock):
    knock.journal._unbuilt["moons.list"] = knock.journal._unbuilt.get("moons.list", 0) + 1

def test_one(knock):
    miss(knock)

def test_two(knock):
    pass

def test_three(knock):
    miss(knock)
    miss(knock)
""",
        "-W",
        "always",
        conftest=OVERRIDDEN.format(scope='(scope="session")'),
    )
    result.assert_outcomes(passed=3, warnings=2)
    told = [line.rpartition("answers 501 to: ")[2] for line in result.outlines if "UnbuiltOperationWarning" in line]
    assert told == ["moons.list (1x)", "moons.list (2x)"]


def test_a_project_may_use_the_name_for_something_else_entirely(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        "def test_it(knock): assert knock == 5\ndef test_failing(knock): assert False\n",
        conftest="@pytest.fixture\ndef knock():\n    return 5\n",
    )
    result.assert_outcomes(passed=1, failed=1)
    assert not any(line.strip("-") == " knock " for line in result.outlines)


# -- the environment ----------------------------------------------------------------------------------------

PLAIN = """
import os
import knockapi

def test_it(knock):
    assert knockapi.Knock().users.update("jane").id == "jane"
    assert [entry.operation for entry in knock.journal] == ["users.update"]

def test_keys(knock):
    assert os.environ["KNOCK_API_KEY"] == {key!r}

@pytest.mark.knock(secret_keys=["main"])
def test_a_key_of_its_own(knock):
    assert os.environ["KNOCK_API_KEY"] == {own!r}

def test_afterwards():
    assert (os.environ.get("KNOCK_API_KEY"), os.environ.get("KNOCK_BASE_URL")) == {after!r}
"""


@pytest.mark.parametrize("unset", [None, ""])
def test_a_plain_client_needs_no_key(
    run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch, unset: str | None
) -> None:
    monkeypatch.delenv("KNOCK_BASE_URL", raising=False)
    monkeypatch.delenv("KNOCK_API_KEY", raising=False)
    if unset is not None:
        monkeypatch.setenv("KNOCK_API_KEY", unset)
    source = PLAIN.format(key="sk_test_knock_fake", own="main", after=(unset, None))
    run(source).assert_outcomes(passed=4)


def test_a_left_over_url_does_not_lead_past_the_world_and_a_key_stays(
    run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOCK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("KNOCK_API_KEY", "sk_mine")
    source = PLAIN.format(key="sk_mine", own="sk_mine", after=("sk_mine", "http://127.0.0.1:9"))
    run(source).assert_outcomes(passed=4)


# -- options and markers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("knock_seed = many", "the ini option knock_seed must be an integer, not 'many'"),
        ("knock_seed = 1_000", "the ini option knock_seed must be an integer, not '1_000'"),
        (
            "knock_unknown_workflows = allow",
            "the ini option knock_unknown_workflows must be 'reject' or 'accept', not 'allow'",
        ),
        (
            "knock_strict_variables = often",
            "the ini option knock_strict_variables must be true or false: invalid truth value 'often'",
        ),
        (
            "knock_block_network = maybe",
            "the ini option knock_block_network must be true or false: invalid truth value 'maybe'",
        ),
    ],
)
def test_an_ini_option_that_no_world_could_take_ends_the_session_at_once(
    run: Callable[..., pytest.RunResult], option: str, problem: str
) -> None:
    result = run("def test_it(): pass\n", ini=option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: {problem}"]


NO_INSTANT = "the start of the clock: 'soon' is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"


@pytest.mark.parametrize(
    ("marker", "ini", "problem"),
    [
        ("", "knock_start = soon", f"the ini option knock_start: {NO_INSTANT}"),
        ("seed=1", "knock_start = soon", f"the ini option knock_start: {NO_INSTANT}"),
        ('start="soon"', "", f"@pytest.mark.knock: {NO_INSTANT}"),
        ('start="soon"', "knock_start = 2026-05-01", f"@pytest.mark.knock: {NO_INSTANT}"),
        ("seed=1.5", "knock_seed = 1", "@pytest.mark.knock: seed must be an integer, not 1.5"),
        ('block_network="no"', "", "@pytest.mark.knock: block_network must be True or False, not 'no'"),
        ("sed=7", "", "@pytest.mark.knock has no argument 'sed'; did you mean 'seed'?"),
    ],
)
def test_an_argument_that_cannot_be_taken_is_one_line_that_names_where_it_stands(
    run: Callable[..., pytest.RunResult], marker: str, ini: str, problem: str
) -> None:
    result = run(f"@pytest.mark.knock({marker})\ndef test_it(knock): pass\n", ini=ini)
    result.assert_outcomes(errors=1)
    assert section(result, "ERROR at setup of test_it") == [problem]


def test_a_marker_may_stand_in_for_an_option_that_cannot_be_taken(run: Callable[..., pytest.RunResult]) -> None:
    source = '@pytest.mark.knock(start="2026-05-01")\ndef test_it(knock): assert knock.clock.now.month == 5\n'
    run(source, ini="knock_start = soon").assert_outcomes(passed=1)


def test_a_report_tells_of_faults_and_how_a_storm_is_repeated(run: Callable[..., pytest.RunResult]) -> None:
    result = run(
        """
def test_it(knock):
    knock.faults.fail("users.update", status=503, times=1)
    with knock.faults.storm(7, targets="users.*", kinds=["errors"], rate=1):
        httpx.put(JANE, json={}, headers=HEADERS)
        httpx.put(JANE, json={}, headers=HEADERS)
    assert False
"""
    )
    result.assert_outcomes(failed=1)
    assert section(result, "knock") == [
        "now 2026-01-01T00:00:00Z, seed 0",
        "2 calls:",
        "  2026-01-01T00:00:00Z  PUT /v1/users/jane -> 503  (fault 1: 503 on users.update, times 1)",
        "  2026-01-01T00:00:00Z  PUT /v1/users/jane -> 504  (fault 2: 504 on users.*)",
        "1 fault:",
        "  fault 1: 503 on users.update, times 1  (1x)",
        "repeat with knock.faults.storm(7, targets='users.*', rate=1, kinds=['errors'])",
        "0 runs",
    ]
