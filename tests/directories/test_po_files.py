from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.directories.po_files import PoFileError, read_po

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

HEADER = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n'


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("", {}),
        (HEADER, {}),
        (HEADER + 'msgid "hello"\nmsgstr "Hallo"\n', {"hello": "Hallo"}),
        ('msgid "a"\nmsgstr "1"\nmsgid "b"\nmsgstr "2"', {"a": "1", "b": "2"}),
        ('# a note\n#: place.py:1\nmsgid "a.b"\nmsgstr "{{ name }}"\n', {"a.b": "{{ name }}"}),
        ('msgid ""\n"long "\n"key"\nmsgstr "one "\n"two"\n', {"long key": "one two"}),
        (r'msgid "a"' + "\n" + r'msgstr "say \"hi\"\n\tto \\ C:\q"', {"a": 'say "hi"\n\tto \\ C:\\q'}),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "ein"\nmsgstr[1] "viele"', {"a": {"one": "ein", "other": "viele"}}),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] "alle"', {"a": {"other": "alle"}}),
        (
            'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "1"\nmsgstr[1] "2"\nmsgstr[2] "5"',
            {"a": {"one": "1", "other": "5"}},
        ),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[0] ""\nmsgstr[1] ""', {}),
        ('msgid "a"\nmsgstr ""', {}),
        ('msgid "a"', {}),
        ('#, fuzzy\nmsgid "a"\nmsgstr "1"\n\nmsgid "b"\nmsgstr "2"', {"b": "2"}),
        ('#, python-format\nmsgid "a"\nmsgstr "1"', {"a": "1"}),
        ('#~ msgid "old"\n#~ msgstr "alt"\nmsgid "a"\nmsgstr "1"', {"a": "1"}),
    ],
)
def test_keys_and_texts_are_read(text: str, texts: JsonObject) -> None:
    assert read_po(text) == texts


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("hello", 1, "'hello' is neither a keyword with a text in double quotes nor such a text"),
        ('msgid "a"\nmsgstr "b', 2, "'msgstr \"b' is neither a keyword with a text in double quotes nor such a text"),
        ('"a"', 1, "a text comes before the first keyword"),
        ('msgstr "a"', 1, "an entry has no msgid"),
        ('msgid "a"\nmsgstr "1"\n\nmsgid "a"\nmsgstr "2"', 4, "'a' stands there twice"),
        (
            'msgctxt "menu"\nmsgid "a"\nmsgstr "1"',
            1,
            "msgctxt has no place in a translation: put the context into the msgid",
        ),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(PoFileError) as refused:
        read_po(text)
    assert (refused.value.line, str(refused.value)) == (line, problem)


def _written(text: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(character, escape)
    return f'"{text}"'


_TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('\n\t\r"\\'), min_size=1)


@given(st.dictionaries(_TEXTS, _TEXTS))
def test_what_is_written_is_read(texts: dict[str, str]) -> None:
    lines = [f"msgid {_written(key)}\nmsgstr {_written(text)}\n" for key, text in texts.items()]
    assert read_po(HEADER + "\n".join(lines)) == texts
