from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.directories.joining import Joining
from knock_fake.directories.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from knock_fake.json_types import Json, JsonObject
    from tests.directories.conftest import Write


def join(directory: Path, content: Json) -> tuple[Json, list[tuple[str, str]]]:
    joining = Joining(directory, Tree())
    joined = joining.join(content)
    return joined, [(".".join(map(str, place)), message) for place, message in joining.problems]


@pytest.mark.parametrize(
    ("files", "content", "joined"),
    [
        ({"a.txt": "Hi"}, {"body@": "a.txt"}, {"body": "Hi"}),
        ({"a.txt": "Hi"}, {"body@": "./a.txt"}, {"body": "Hi"}),
        ({"a.txt": b"\r\n Hi \n\n"}, {"body@": "a.txt"}, {"body": "\r\n Hi \n\n"}),
        ({"deep/er/a.txt": "Hi"}, {"x": [{"y": {"body@": "deep/er/a.txt"}}]}, {"x": [{"y": {"body": "Hi"}}]}),
        ({"deep/a.txt": "Hi"}, {"body@": "deep/../deep/a.txt"}, {"body": "Hi"}),
        ({"b.json": '{"a": 1}'}, {"json_body@": "b.json"}, {"json_body": '{"a": 1}'}),
        ({"e/visual_blocks.json": [{"type": "divider"}]}, {"v@": "e/visual_blocks.json"}, {"v": [{"type": "divider"}]}),
        ({"e/Visual_Blocks.JSON": [1]}, {"v@": "e/Visual_Blocks.JSON"}, {"v": [1]}),
        (
            {"e/visual_blocks.json": [{"content@": "blocks/1.md"}], "e/blocks/1.md": "Hi"},
            {"v@": "e/visual_blocks.json"},
            {"v": [{"content": "Hi"}]},
        ),
        ({}, {"body": "inline", "body@": "not/there.txt"}, {"body": "inline"}),
        ({}, {"body": None, "body@": "not/there.txt"}, {"body": None}),
        ({}, {"a": {"__readonly": {"key": "x"}, "__annotation": 1, "b": [{"__readonly": {}}]}}, {"a": {"b": [{}]}}),
        ({}, {"@": "kept"}, {"@": "kept"}),
        ({}, {"user@example.com": 1}, {"user@example.com": 1}),
    ],
)
def test_files_are_put_back(write: Write, files: JsonObject, content: Json, joined: Json) -> None:
    assert join(write(files), content) == (joined, [])


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (5, "must be the path of a file, not 5"),
        (None, "must be the path of a file, not None"),
        ("", "must be the path of a file, not ''"),
        ("/etc/hosts", "'/etc/hosts' is absolute: write the path from the file that names it"),
        ("C:\\a.txt", "'C:\\\\a.txt' is absolute: write the path from the file that names it"),
        ("../a.txt", "'../a.txt' leads out of x/: write the path from the file that names it, and keep it inside"),
        ("a/../../a", "'a/../../a' leads out of x/: write the path from the file that names it, and keep it inside"),
        ("e/bdoy.html", "there is no file 'e/bdoy.html'; did you mean 'e/body.html'?"),
        ("e", "there is no file 'e'; known: 'latin.txt'"),
        ("no/where.txt", "there is no file 'no/where.txt'"),
        ("nul\0.txt", "there is no file 'nul\\x00.txt'; did you mean 'latin.txt'?"),
        ("long" * 2000, f"there is no file '{'long' * 25}'...; known: "),
        (
            "e/broken/visual_blocks.json",
            "'e/broken/visual_blocks.json' is no JSON: unexpected end of data: line 1 column 2 (char 1)",
        ),
        ("e/deep/visual_blocks.json", "'e/deep/visual_blocks.json' is nested deeper than 100 levels"),
        ("latin.txt", "'latin.txt' cannot be read as text in UTF-8: 'utf-8' codec can't decode byte 0xe9"),
    ],
)
def test_a_path_that_cannot_be_followed_leaves_a_gap(write: Write, reference: Json, problem: str) -> None:
    root = write(
        {
            "a.txt": "outside",
            "x/e/body.html": "<p>",
            "x/latin.txt": b"caf\xe9",
            "x/e/broken/visual_blocks.json": "{",
            "x/e/deep/visual_blocks.json": "[" * 101 + "]" * 101,
        }
    )
    joined, [(place, message)] = join(root / "x", {"t": {"body@": reference}, "other": 1})
    assert place == "t.body@"
    assert message.startswith(problem)
    assert joined == {"t": {"body": [] if str(reference).endswith("visual_blocks.json") else ""}, "other": 1}


def test_a_file_belongs_to_one_key(write: Write) -> None:
    directory = write({"a/b.txt": "Hi"})
    joined, problems = join(directory, {"one@": "a/b.txt", "two@": "./a/../a/b.txt"})
    assert joined == {"one": "Hi", "two": ""}
    assert problems == [("two@", "'a/b.txt' is named by another key already: give each its own file")]


def test_files_are_followed_two_levels_deep(write: Write) -> None:
    inner = "a/b/visual_blocks.json"
    directory = write(
        {
            "a/visual_blocks.json": [{"inside@": "b/visual_blocks.json"}],
            inner: [{"content@": "c.md"}],
            "a/b/c.md": "too far",
        }
    )
    joined, problems = join(directory, {"v@": "a/visual_blocks.json"})
    assert joined == {"v": [{"inside": [{"content": ""}]}]}
    assert problems == [
        ("v.0.inside.0.content@", "'c.md' is one file too far: they are followed 2 levels deep"),
    ]


def test_a_file_that_names_itself_is_not_followed_for_ever(write: Write) -> None:
    directory = write({"visual_blocks.json": {"again@": "visual_blocks.json"}})
    joined, [(place, message)] = join(directory, {"v@": "visual_blocks.json"})
    assert (joined, place) == ({"v": {"again": []}}, "v.again@")
    assert message == "'visual_blocks.json' is named by another key already: give each its own file"


def test_it_is_known_which_file_a_value_came_from(write: Write) -> None:
    directory = write({"e/visual_blocks.json": [{"content@": "1.md"}], "e/1.md": "Hi"})
    joining = Joining(directory, Tree())
    joining.join({"v@": "e/visual_blocks.json"})
    assert joining.origins == {
        ("v",): directory / "e/visual_blocks.json",
        ("v", 0, "content"): directory / "e/1.md",
    }
