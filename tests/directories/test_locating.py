from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from knock_fake.directories.locating import locate, resources_in, shown
from knock_fake.directories.tree import Tree
from knock_fake.errors import DirectoryError

if TYPE_CHECKING:
    from tests.directories.conftest import Write

PROJECT = {
    "knock.json": {"$schema": "https://schemas.knock.app/cli/knock.json", "knockDir": "./knock"},
    "knock/workflows/new-comment/workflow.json": {},
    "knock/workflows/new-comment/email_1/html_body.html": "",
    "knock/workflows/welcome/workflow.json": {},
    "knock/workflows/no-workflow/notes.md": "",
    "knock/workflows/README.md": "",
    "knock/guides/tour/guide.json": {},
    "knock/audiences/beta/audience.json": {},
    "knock/other/thing/workflow.json": {},
    "src/deep/module.py": "",
}
WORKFLOWS = ["knock/workflows/new-comment", "knock/workflows/welcome"]
ALL = [*WORKFLOWS, "knock/guides/tour", "knock/audiences/beta"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (".", ALL),
        ("knock", ALL),
        ("knock.json", ALL),
        ("knock/workflows", WORKFLOWS),
        ("knock/guides/", ["knock/guides/tour"]),
        ("knock/workflows/welcome", ["knock/workflows/welcome"]),
        ("knock/workflows/welcome/workflow.json", ["knock/workflows/welcome"]),
        ("knock/guides/tour", ["knock/guides/tour"]),
        ("src", []),
        ("knock/workflows/no-workflow", []),
    ],
)
def test_resources_are_found_from_wherever_one_points(write: Write, given: str, found: list[str]) -> None:
    write(PROJECT)
    tree = Tree()
    paths = [shown(path) for _, path in resources_in(tree, locate(tree, Path(given)))]
    assert paths == found


@pytest.mark.parametrize("here", [".", "src", "src/deep", "knock/workflows/welcome"])
def test_a_project_is_found_from_inside(write: Write, monkeypatch: pytest.MonkeyPatch, here: str) -> None:
    root = write(PROJECT)
    monkeypatch.chdir(root / here)
    assert locate(Tree(), None) == root / "knock"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "knock.json: file: cannot be read as JSON: unexpected end of data: line 1 column 2 (char 1)"),
        ({}, "knock.json: knockDir: must be the path of a directory, not None"),
        ([], "knock.json: knockDir: must be the path of a directory, not None"),
        ({"knockDir": 5}, "knock.json: knockDir: must be the path of a directory, not 5"),
        ({"knockDir": ""}, "knock.json: knockDir: must be the path of a directory, not ''"),
        ({"knockDir": "nock"}, "knock.json: knockDir: 'nock' is no directory beside this file"),
    ],
)
def test_a_project_file_names_a_directory_beside_it(write: Write, content: object, problem: str) -> None:
    write({"knock.json": content})
    with pytest.raises(DirectoryError) as refused:
        locate(Tree(), Path())
    assert [str(one) for one in refused.value.problems] == [problem]


@pytest.mark.parametrize("directory", ["..", "."])
def test_the_named_directory_is_relative_to_its_file_and_not_to_where_one_is(
    write: Write, monkeypatch: pytest.MonkeyPatch, directory: str
) -> None:
    root = write({"config/knock.json": {"knockDir": directory}, "elsewhere/x.md": ""})
    monkeypatch.chdir(root / "elsewhere")
    assert locate(Tree(), Path("../config")).resolve() == (root / "config" / directory).resolve()


def test_an_absolute_directory_is_taken(write: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write({"knock.json": {"knockDir": str(elsewhere)}})
    assert locate(Tree(), Path()) == elsewhere


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (Path("nowhere"), "nowhere: directory: does not exist"),
        (
            None,
            ".: directory: no knock.json here or in a directory above: name the directory that your workflows are in",
        ),
    ],
)
def test_a_directory_that_is_not_there_is_refused(write: Write, given: Path | None, problem: str) -> None:
    write({})
    with pytest.raises(DirectoryError) as refused:
        locate(Tree(), given)
    assert [str(one) for one in refused.value.problems] == [problem]
