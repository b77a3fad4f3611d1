from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from knock_fake.directories.reading import read_directories

if TYPE_CHECKING:
    from knock_fake.directories.documents import Bundle
    from tests.directories.conftest import Write

EMPTY = {"name": "Empty", "steps": []}


_LATIN = "'utf-8' codec can't decode byte 0xe9 in position 7: invalid continuation byte"


def read(*directories: str) -> Bundle:
    return read_directories([Path(directory) for directory in directories or (".",)])


def problems(*directories: str) -> list[str]:
    return [str(problem) for problem in read(*directories).problems]


def make_old(root: Path) -> None:
    """Let every file and directory be of an hour ago: what changed a moment ago is never remembered."""
    hour_ago = time.time() - 3600
    for path in (root, *root.rglob("*")):
        os.utime(path, (hour_ago, hour_ago))


def test_a_document_is_what_the_file_holds_without_the_notes_of_the_command_line(write: Write) -> None:
    write(
        {
            "workflows/a/workflow.json": {
                **EMPTY,
                "$schema": "https://schemas.knock.app/cli/workflow.json",
                "description@": "about.md",
                "__readonly": {"key": "a", "active": False, "valid": True, "environment": "development"},
            },
            "workflows/a/about.md": "About",
        }
    )
    [document] = read().documents
    assert (document.kind.noun, document.key, document.file) == ("workflow", "a", "workflows/a/workflow.json")
    assert document.content == {**EMPTY, "description": "About"}
    assert document.is_active is False
    assert document.origins == {("description",): "workflows/a/about.md"}


@pytest.mark.parametrize("readonly", [None, {}, {"key": "a"}, {"active": True}, {"active": None}])
def test_a_workflow_is_active_unless_it_is_noted_that_it_is_not(write: Write, readonly: object) -> None:
    write({"workflows/a/workflow.json": {**EMPTY, "__readonly": readonly}})
    [document] = read().documents
    assert document.is_active is True


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{\n  a", "line 2, column 3: is no JSON: unexpected character, expected a string key"),
        (b"", "line 1, column 1: is no JSON: Input is a zero-length, empty document"),
        (b'{"a": "\xe9"}', "line 1, column 1: is no JSON: str is not valid UTF-8: surrogates not allowed"),
        ([], "file: must be a JSON object of at most 100 levels"),
        ('{"a":' * 101 + "1" + "}" * 101, "file: must be a JSON object of at most 100 levels"),
        (
            {"__readonly": {"key": "b"}},
            "__readonly.key: is 'b' in the directory 'a': the two must be the same",
        ),
        (
            {"steps": [{"ref": "email_1", "template": {"text_body@": "x.txt"}}]},
            "email_1.template.text_body@: there is no file 'x.txt'; did you mean 'y.txt'?",
        ),
        (
            {"steps": [{}, {"template": {"text_body@": "x.txt"}}]},
            "steps[1].template.text_body@: there is no file 'x.txt'; did you mean 'y.txt'?",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_place(write: Write, content: object, problem: str) -> None:
    write({"workflows/a/workflow.json": content, "workflows/a/y.txt": ""})
    assert problems() == [f"workflows/a/workflow.json: {problem}"]


def test_a_file_that_may_not_be_read_is_a_problem(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"workflows/a/workflow.json": EMPTY})

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert problems() == ["workflows/a/workflow.json: file: cannot be read: Permission denied"]


def test_translations_are_files_that_are_named_after_their_locale(write: Write) -> None:
    write(
        {
            "translations/en/en.json": {"hello": "Hello", "kept@": "as it is"},
            "translations/en/admin.en.json": {"title": "Administration"},
            "translations/en/de.json": {"hello": "not read"},
            "translations/en/notes.txt": "not read",
            "translations/en/a.b.en.json": {"hello": "not read"},
            "translations/pt-BR/pt-br.po": 'msgid "hello"\nmsgstr "Olá"',
            "translations/de.json": {"hello": "not read"},
        }
    )
    assert [(one.kind.noun, one.key, one.content) for one in read().documents] == [
        ("translation", "admin.en", {"title": "Administration"}),
        ("translation", "en", {"hello": "Hello", "kept@": "as it is"}),
        ("translation", "pt-br", {"hello": "Olá"}),
    ]
    assert [one.key for one in read("translations").documents] == ["admin.en", "en", "pt-br"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("hello", "line 1: 'hello' is neither a keyword with a text in double quotes nor such a text"),
        (b'msgid "\xe9"', f"file: cannot be read as text in UTF-8: {_LATIN}"),
    ],
)
def test_a_malformed_po_file_is_a_problem(write: Write, content: object, problem: str) -> None:
    write({"translations/de/de.po": content})
    assert problems() == [f"translations/de/de.po: {problem}"]


def test_a_translation_is_of_one_format(write: Write) -> None:
    write({"translations/de/de.json": {}, "translations/de/de.po": ""})
    taken = "translation 'de' stands in translations/de/de.json already: remove one of them"
    assert problems() == [f"translations/de/de.po: key: {taken}"]


def test_a_directory_that_may_not_be_read_is_a_problem(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write({"workflows/a/workflow.json": EMPTY})

    def refuse(path: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert (problems(), root) == (["workflows: directory: cannot be read: Permission denied"], Path.cwd())


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0"])
def test_what_can_be_no_path_does_not_exist(write: Write, name: str) -> None:
    write({})
    assert problems(name) == [f"{name}: directory: does not exist"]


def test_several_directories_make_one_bundle(write: Write) -> None:
    write({"one/workflows/a/workflow.json": EMPTY, "two/workflows/b/workflow.json": EMPTY})
    assert [document.key for document in read("one", "two").documents] == ["a", "b"]


def test_a_key_stands_in_one_place_only(write: Write) -> None:
    write({"one/workflows/a/workflow.json": EMPTY, "two/workflows/a/workflow.json": EMPTY})
    taken = "workflow 'a' stands in one/workflows/a/workflow.json already: remove one of them"
    assert problems("one", "two") == [f"two/workflows/a/workflow.json: key: {taken}"]


def test_the_same_key_of_another_kind_is_another_resource(write: Write) -> None:
    write({"workflows/a/workflow.json": EMPTY, "guides/a/guide.json": {}})
    assert [document.kind.noun for document in read().documents] == ["workflow", "guide"]


def test_a_directory_without_resources_is_a_problem(write: Write) -> None:
    write({"src/main.py": "", "app/knock/workflows/a/workflow.json": EMPTY, "hidden/.knock/x": ""})
    folders = "workflows/, layouts/, partials/, translations/, message-types/, guides/, audiences/"
    assert problems("src") == [f"src: directory: holds none of {folders}"]
    assert problems("app") == ["app: directory: holds no resources: did you mean app/knock?"]
    assert problems("hidden") == ["hidden: directory: holds no resources: did you mean hidden/.knock?"]


def test_every_directory_is_told_of(write: Write) -> None:
    write({"good/workflows/a/workflow.json": EMPTY})
    bundle = read("nowhere", "good", "nothing")
    assert [str(one) for one in bundle.problems] == [
        "nowhere: directory: does not exist",
        "nothing: directory: does not exist",
    ]
    assert [document.key for document in bundle.documents] == ["a"]


# -- what is remembered ------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_read_again(write: Write) -> None:
    make_old(write({"workflows/a/workflow.json": EMPTY}))
    assert read() is read()


def test_what_changed_a_moment_ago_is_read_again(write: Write) -> None:
    write({"workflows/a/workflow.json": EMPTY})
    assert read() is not read()


@pytest.mark.parametrize(
    ("name", "content", "keys"),
    [
        ("workflows/a/workflow.json", {"name": "Other", "steps": []}, ["a", "b"]),
        ("workflows/a/text.md", "other", ["a", "b"]),
        ("workflows/c/workflow.json", EMPTY, ["a", "b", "c"]),
        ("workflows/empty/workflow.json", EMPTY, ["a", "b", "empty"]),
        ("guides/g/guide.json", {}, ["a", "b", "g"]),
        ("knock.json", {"knockDir": "other"}, ["z"]),
    ],
)
def test_any_change_shows(write: Write, name: str, content: object, keys: list[str]) -> None:
    root = write(
        {
            "workflows/a/workflow.json": {**EMPTY, "description@": "text.md"},
            "workflows/a/text.md": "text",
            "workflows/b/workflow.json": EMPTY,
            "workflows/empty/notes.md": "",
            "other/workflows/z/workflow.json": EMPTY,
        }
    )
    make_old(root)
    before = read()
    write({name: content})
    after = read()
    assert [document.key for document in after.documents] == keys
    assert after != before


def test_a_file_that_is_gone_is_missed(write: Write) -> None:
    root = write({"workflows/a/workflow.json": EMPTY, "workflows/b/workflow.json": EMPTY})
    make_old(root)
    assert len(read().documents) == 2
    (root / "workflows/b/workflow.json").unlink()
    assert [document.key for document in read().documents] == ["a"]


def test_where_one_is_makes_a_difference(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write({"workflows/a/workflow.json": EMPTY, "inner/workflows/b/workflow.json": EMPTY})
    make_old(root)
    assert [document.key for document in read().documents] == ["a"]
    monkeypatch.chdir(root / "inner")
    assert [document.key for document in read().documents] == ["b"]


def test_equal_files_make_equal_bundles_wherever_they_stand(write: Write) -> None:
    write({"one/workflows/a/workflow.json": EMPTY, "two/workflows/a/workflow.json": EMPTY})
    assert read("one") == read("two")
    write({"two/workflows/a/workflow.json": {**EMPTY, "__readonly": {"active": False}}})
    assert read("one") != read("two")


def test_only_so_much_is_remembered(write: Write) -> None:
    make_old(write({f"{number}/workflows/a/workflow.json": EMPTY for number in range(33)}))
    first = read("0")
    for number in range(33):
        read(str(number))
    assert read("32") is read("32")
    assert read("0") is not first
