"""Email layouts: what is one, and what is refused."""

from __future__ import annotations

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.library.layouts import LayoutRegistry

HTML = "<html><body>{{ content }}</body></html>"


def test_every_world_begins_with_the_default_layout() -> None:
    layouts = LayoutRegistry()
    assert layouts.keys() == ["default"]
    assert repr(layouts.get("default")) == "<Layout 'default'>"


def test_a_layout_is_read_from_the_json_that_the_command_line_pulls() -> None:
    layout = LayoutRegistry().add_json(
        "fancy",
        {
            "$schema": "https://schemas.knock.app/cli/email-layout.json",
            "name": "Fancy",
            "html_layout": HTML,
            "text_layout": "{{ content }}",
            "footer_links": [{"text": "Help", "url": "https://example.com/help"}],
            "branding_overrides": {"primary_color": "#123456", "logo_url": None},
            "__readonly": {"key": "fancy"},
        },
    )
    assert (layout.html.source, layout.text.source, layout.is_mjml) == (HTML, "{{ content }}", False)
    assert [(link.text.source, link.url.source) for link in layout.footer_links] == [
        ("Help", "https://example.com/help")
    ]
    assert layout.branding_overrides == {"primary_color": "#123456"}


def test_a_layout_without_a_text_version_shows_the_text_alone() -> None:
    assert LayoutRegistry().add("plain", HTML).text.source == "{{ content }}"


def test_the_body_may_stand_anywhere_that_liquid_can_put_it() -> None:
    layout = LayoutRegistry().add("odd", "{% if data.x %}{{ content | strip }}{% endif %}")
    assert layout.html.variables() == {"data", "content"}


def test_committing_what_is_there_already_changes_nothing() -> None:
    layouts = LayoutRegistry()
    first = layouts.add("one", HTML)
    again = layouts.add("one", HTML)
    assert first == again
    assert layouts.commit(first) is False
    layouts.add("one", HTML + "\n")
    assert layouts.commit(first) is True
    assert ("one" in layouts, "two" in layouts, len(layouts), [one.key for one in layouts]) == (
        True,
        False,
        2,
        ["default", "one"],
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"html_layout": "<p>Hi</p>"},
            "layout 'one'.html_layout: shows no body; put {{ content }} where the body of the email is to stand",
        ),
        (
            {"html_layout": HTML, "text_layout": "Hi"},
            "layout 'one'.text_layout: shows no body; put {{ content }} where the body of the email is to stand",
        ),
        ({}, "layout 'one'.html_layout: is required"),
        (
            {"html_layout": HTML, "is_mjml": True},
            "layout 'one'.html_layout: an MJML layout has an element <mjml>",
        ),
        (
            {"html_layout": "{{ content", "is_mjml": False},
            "layout 'one'.html_layout, line 1: expected '}}', found end of file, at '{{ content'",
        ),
        (
            {"html_layout": HTML, "branding_overrides": {"primary_color": "red"}},
            "layout 'one'.branding_overrides.primary_color: must be a hex value such as '#4F46E5', not 'red'",
        ),
        (
            {"html_layout": HTML, "footer_links": [{"text": "Help"}]},
            "layout 'one'.footer_links[0].url: is required",
        ),
        ({"html": HTML}, "layout 'one': unknown key 'html'; did you mean 'html_layout'?"),
        ("<html>", "layout 'one': must be an object, not '<html>'"),
    ],
)
def test_what_is_no_layout_is_refused(document: object, message: str) -> None:
    layouts = LayoutRegistry()
    with pytest.raises(WorkflowDefinitionError) as refusal:
        layouts.add_json("one", document)
    assert str(refusal.value) == message
    assert layouts.keys() == ["default"]


def test_a_key_that_knock_would_not_take_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        LayoutRegistry().add("No Key", HTML)
    assert str(refusal.value) == "layout 'No Key': a key has 3 to 255 characters of a-z, 0-9, '_' and '-'"
