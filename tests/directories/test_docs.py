"""What ``docs/directories.md`` prints is what happens."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

from knock_fake.cli import main

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "directories.md").read_text()
EXAMPLES = ROOT / "examples"
WORKFLOW = Path("knock", "workflows", "order-shipped")


def printed(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, f"the page has no block after <!-- {marker} -->"
    return found[1]


def test_the_printed_file_is_the_file() -> None:
    name = "test_knock_directory.py"
    assert printed(f"file: examples/{name}") == (EXAMPLES / name).read_text()


def test_the_example_is_found_as_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(EXAMPLES)
    assert main(["check"]) == 0
    assert capsys.readouterr() == (printed("output: check"), "")


def test_problems_are_told_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copytree(EXAMPLES / "knock", tmp_path / "knock")
    monkeypatch.chdir(tmp_path)
    file, body = WORKFLOW / "workflow.json", WORKFLOW / "email_1" / "visual_blocks" / "1.content.md"
    file.write_text(file.read_text().replace('"subject"', '"subjct"').replace('"default"', '"defualt"'))
    body.write_text(body.read_text().replace("recipient.name", "recipient.name | shout"))
    assert main(["check", "knock"]) == 1
    assert capsys.readouterr().out == printed("output: problems")
