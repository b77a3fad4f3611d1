"""``knock-fake check``, as a shell sees it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from knock_fake.cli import main
from knock_fake.directories.channels import plan_channel

if TYPE_CHECKING:
    from tests.directories.conftest import Write

DELAY = {"type": "delay", "ref": "delay_1", "settings": {"delay_for": {"unit": "hours", "value": 2}}}
SMS = {
    "type": "channel",
    "ref": "sms_1",
    "channel_type": "sms",
    "channel_key": "twilio",
    "template": {"text_body@": "sms_1/text_body.txt"},
}
PROJECT = {
    "knock.json": {"knockDir": "knock"},
    "knock/workflows/remind/workflow.json": {"name": "Remind", "steps": [DELAY, SMS]},
    "knock/workflows/remind/sms_1/text_body.txt": "Hi {{ recipient.name }}",
    "knock/workflows/wait/workflow.json": {"name": "Wait", "steps": [DELAY]},
    "knock/audiences/beta/audience.json": {"name": "Beta", "type": "static"},
}
FOUND = (
    "2 workflows: remind, wait\n"
    "1 audience: beta\n"
    f"added channel 'twilio': sms, provider twilio, id {plan_channel('twilio', 'sms').id}\n"
)


@pytest.mark.parametrize("arguments", [[], ["."], ["knock"], ["knock.json"], ["knock/workflows", "knock/audiences"]])
def test_what_was_found_is_listed(write: Write, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    write(PROJECT)
    assert main(["check", *arguments]) == 0
    assert capsys.readouterr() == (FOUND, "")


def test_every_problem_is_one_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        {
            **PROJECT,
            "knock/workflows/remind/sms_1/text_body.txt": "Hi\n{{ recipient.name",
            "knock/workflows/wait/workflow.json": {"nmae": "Wait", "steps": [{**DELAY, "settings": {}}]},
        }
    )
    assert main(["check"]) == 1
    lines = (
        "knock/workflows/remind/sms_1/text_body.txt: sms_1.template.text_body, line 2: "
        "expected '}}', found end of file, at '{{ recipient.name'\n"
        "knock/workflows/wait/workflow.json: workflow: unknown key 'nmae'; did you mean 'name'?\n"
        "knock/workflows/wait/workflow.json: delay_1.settings: give delay_for, delay_until_field_path, or both\n"
    )
    assert capsys.readouterr() == (lines, "knock-fake: 3 problems, so that nothing was loaded\n")


def test_a_directory_that_is_not_there_is_a_problem(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write({})
    assert main(["check", "nock"]) == 1
    assert capsys.readouterr() == (
        "nock: directory: does not exist\n",
        "knock-fake: 1 problem, so that nothing was loaded\n",
    )


def test_the_shell_gets_the_code(write: Write) -> None:
    root = write({"workflows/wait/workflow.json": "{}"})
    command = [sys.executable, "-m", "knock_fake", "check", "."]
    process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    assert (process.returncode, process.stderr) == (1, "knock-fake: 1 problem, so that nothing was loaded\n")
    assert process.stdout.startswith("workflows/wait/workflow.json: steps: must be a list of at least one step")
