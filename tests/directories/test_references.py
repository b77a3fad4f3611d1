from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.directories.references import references_in
from knock_fake.directories.resources import LAYOUT, PARTIAL

if TYPE_CHECKING:
    from knock_fake.directories.documents import Place
    from knock_fake.json_types import Json

IN_BODY: Place = ("body",)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"body": "{% render 'signature' %}"}, [("partial", "signature", IN_BODY)]),
        ({"body": '{%- render "signature", name: "x" -%}'}, [("partial", "signature", IN_BODY)]),
        ({"body": "{% render 'a' %} and {% render 'b' %}"}, [("partial", "a", IN_BODY), ("partial", "b", IN_BODY)]),
        ({"body": "{% comment %}{% render 'a' %}{% endcomment %}{% render 'b' %}"}, [("partial", "b", IN_BODY)]),
        ({"body": "{%- raw -%}\n{% render 'a' %}{%- endraw -%}"}, []),
        ({"body": "render 'a'"}, []),
        (
            {"steps": [{"template": {"settings": {"layout_key": "framed"}}}]},
            [("layout", "framed", ("steps", 0, "template", "settings", "layout_key"))],
        ),
        ({"steps": [{"template": {"settings": {"layout_key": None}}}]}, []),
        ({"steps": [{"template": {"settings": {"layout_key": ""}}}]}, []),
        ({"steps": [{"settings": {"layout_key": "something else"}}]}, []),
        (
            {
                "template": {
                    "visual_blocks": [{"type": "partial", "key": "call-out", "attrs": {"x": "{% render 'a' %}"}}]
                }
            },
            [
                ("partial", "call-out", ("template", "visual_blocks", 0, "key")),
                ("partial", "a", ("template", "visual_blocks", 0, "attrs", "x")),
            ],
        ),
        ({"values": {"type": "partial", "key": "something else"}}, []),
        ({"template": {"visual_blocks": [{"type": "partial", "key": 5}]}}, []),
        ({"a": [1, None, True, {"b": []}]}, []),
    ],
)
def test_what_a_document_names_is_found(document: Json, named: list[tuple[str, str, Place]]) -> None:
    assert [(one.kind.noun, one.key, one.place) for one in references_in(document)] == named


def test_what_is_nowhere_is_told_with_its_remedy() -> None:
    known = {LAYOUT: frozenset({"default", "framed"}), PARTIAL: frozenset[str]()}
    document: Json = {"template": {"settings": {"layout_key": "framd"}, "body": "{% render 'signature' %}"}}
    assert [one.problem(known) for one in references_in(document)] == [
        "there is no layout 'framd', on disk or added with knock.layouts.add; did you mean 'framed'?",
        "there is no partial 'signature', on disk or added with knock.partials.add; none are defined yet",
    ]


def test_what_is_there_is_no_problem() -> None:
    known = {LAYOUT: frozenset({"default"}), PARTIAL: frozenset({"signature"})}
    document: Json = {"template": {"settings": {"layout_key": "default"}, "body": "{% render 'signature' %}"}}
    assert [one.problem(known) for one in references_in(document)] == [None, None]
