"""Everything that README and docs print from files is what the files hold, and what they print as output is the output.

The README's two commands are run, exactly as printed, by ``.ci/run``, and so is the example for Node.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from knock_fake import KnockFake
from knock_fake.control.table import CONTROL_OPERATIONS
from knock_fake.state.channels import DEFAULT_CHANNELS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
EXAMPLES = ROOT / "examples"

FAILING_TEST = """
from knock_fake.steps import email, in_app_feed


def test_jane_is_mailed(knock, knock_client):
    knock.workflows.add("new-comment", steps=[in_app_feed("{{ actor.name }} commented"), email("News", "Hi")])
    knock_client.users.update("jane", name="Jane")
    knock_client.workflows.trigger("new-comment", recipients=["jane"])
    assert [message.channel.type for message in knock_client.messages.list()] == ["email", "in_app_feed"]
"""


def run(*command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    # What is set for the pytest that runs this, such as its options, is not for the one that is run here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(  # noqa: S603 - our own interpreter and files
        [sys.executable, *command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run_pytest(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests of a directory by nothing but what is in it: an ini file further up would count, had it none."""
    (directory / "pytest.ini").write_text("[pytest]\n")
    return run("-m", "pytest", "-q", "-p", "no:cacheprovider", directory=directory)


def printed(marker: str, page: str = README) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found is not None, f"the page has no block after <!-- {marker} -->"
    return found[1]


PAGES = {path.name: path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}


@pytest.mark.parametrize(
    ("page", "path"),
    [(name, path) for name, text in PAGES.items() for path in re.findall(r"<!-- file: (\S+) -->", text)],
)
def test_a_printed_file_is_the_file(page: str, path: str) -> None:
    assert printed(f"file: {path}", PAGES[page]) == (ROOT / path).read_text()


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("test_*.py")))
def test_an_example_passes_from_an_empty_directory(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text((EXAMPLES / name).read_text())
    copytree(EXAMPLES / "knock", tmp_path / "knock")
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_world_without_pytest_prints_what_the_readme_says() -> None:
    done = run("without_pytest.py", directory=EXAMPLES)
    assert (done.stdout, done.stderr) == (printed("output: without-pytest"), "")


def test_the_report_of_a_failing_test_is_the_one_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING_TEST)
    done = run_pytest(tmp_path)
    section = re.search(r"-+ knock -+\n(.*?)=+ short test summary", done.stdout, re.DOTALL)
    assert section is not None, done.stdout + done.stderr
    assert section[1] == printed("output: failing-test")


def test_the_flask_example_answers_under_its_prefix() -> None:
    code = (
        "from flask_app import app; from werkzeug.test import Client; client = Client(app);"
        "answer = client.get('/knock/v1/users', headers={'authorization': 'Bearer sk_test'});"
        "print(answer.status_code, client.get('/').get_data(as_text=True))"
    )
    done = run("-c", code, directory=EXAMPLES)
    assert (done.stdout, done.returncode) == ("200 1 calls so far\n", 0), done.stderr


def test_the_two_commands_stand_near_the_top() -> None:
    top = README.splitlines()[:40]
    assert "<!-- demo-command -->" in top
    assert "<!-- test-command -->" in top


def test_the_table_of_channels_is_true() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| `([0-9a-f-]{36})` \|$", README, re.MULTILINE)
    assert rows == [(key, type_, identifier) for key, type_, identifier in DEFAULT_CHANNELS]


def test_the_curl_recipes_print_what_the_page_says() -> None:
    with KnockFake().serve() as server:
        done = subprocess.run(  # noqa: S603 - our own file
            ["/bin/sh", EXAMPLES / "curl.sh"],
            env={**os.environ, "KNOCK_BASE_URL": server.url, "no_proxy": "*"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.stdout, done.stderr) == (printed("output: curl", PAGES["control-api.md"]), "")


def test_the_page_on_control_names_every_operation() -> None:
    named = set(re.findall(r"`(GET|POST|PUT|DELETE) (/_fake[^`]*)`", PAGES["control-api.md"]))
    assert named == {(operation.method, operation.path) for operation in CONTROL_OPERATIONS}


def test_links_between_pages_lead_somewhere() -> None:
    for name, text in PAGES.items():
        base = ROOT if name == "README.md" else ROOT / "docs"
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (base / target).exists(), f"{name} links to {target}"


def test_what_is_wrong_with_a_scenario_is_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("world.yaml").write_text(printed("input: wrong-scenario", PAGES["scenarios.md"]))
    with pytest.raises(ValueError, match="world") as failure:
        KnockFake(scenario="world.yaml")
    assert f"{failure.value}\n" == printed("output: wrong-scenario", PAGES["scenarios.md"])
