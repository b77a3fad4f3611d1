"""Everything that the README prints is run. Its two commands are run, exactly as printed, by ``.ci/run``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    return subprocess.run(  # noqa: S603 - our own interpreter and files
        [sys.executable, *command], cwd=directory, capture_output=True, text=True, check=False, timeout=120
    )


def printed(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found is not None, f"the README has no block after <!-- {marker} -->"
    return found[1]


@pytest.mark.parametrize("path", re.findall(r"<!-- file: (\S+) -->", README))
def test_a_printed_file_is_the_file(path: str) -> None:
    assert printed(f"file: {path}") == (ROOT / path).read_text()


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("test_*.py")))
def test_an_example_passes_from_an_empty_directory(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text((EXAMPLES / name).read_text())
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", directory=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_world_without_pytest_prints_what_the_readme_says() -> None:
    done = run("without_pytest.py", directory=EXAMPLES)
    assert (done.stdout, done.stderr) == (printed("output: without-pytest"), "")


def test_the_report_of_a_failing_test_is_the_one_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING_TEST)
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", directory=tmp_path)
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
