"""Markdown to HTML around Liquid, and HTML to plain text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from knock_fake.workflows.content.plain_text import html_to_text
from knock_fake.workflows.markdown import LIQUID, escape_template, markdown_template_to_html, markdown_to_html
from knock_fake.workflows.templating import compile_template


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# {{ a }}", "<h1>{{ a }}</h1>"),
        ("_{{ a }}_ `{{ b }}`", "<p><em>{{ a }}</em> <code>{{ b }}</code></p>"),
        ("[x]({{ a }})", '<p><a href="{{ a }}">x</a></p>'),
        ("[x](https://{{ host }}/y?z={{ a }})", '<p><a href="https://{{ host }}/y?z={{ a }}">x</a></p>'),
        ('{{ a | append: "<b>*_*" }}', '<p>{{ a | append: "<b>*_*" }}</p>'),
        ("{% if a %}\n- x\n{% endif %}", "{% if a %}\n<ul>\n<li>x</li>\n</ul>\n{% endif %}"),
        ("x {% if a %}*y*{% endif %}", "<p>x {% if a %}<em>y</em>{% endif %}</p>"),
        ("```\n{% if a %}\n<\n```", "<pre><code>{% if a %}\n&lt;\n</code></pre>"),
        ("<!--{{ a }}-->", "<!--{{ a }}-->"),
        ("liquid {{ a }} liquidq", "<p>liquid {{ a }} liquidq</p>"),
        ("{% raw %}\n*x*\n{% endraw %}", "{% raw %}\n*x*\n{% endraw %}"),
        ("*no Liquid*", "<p><em>no Liquid</em></p>"),
    ],
)
def test_liquid_survives_markdown(source: str, html: str) -> None:
    assert markdown_template_to_html(source) == html


pieces = st.sampled_from(
    ["{{ a }}", "{% if b %}", "{% endif %}", "{{- c | d: '*' -}}", "word", "*", "_", "\n", " ", "- "]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_markdown_keeps_every_piece_of_liquid_in_its_order(source: str) -> None:
    html = markdown_template_to_html(source)
    assert [match[0] for match in LIQUID.finditer(html)] == [match[0] for match in LIQUID.finditer(source)]


@given(st.text(alphabet="aZ1é .,:!?'()|/;%$^{}-+=~#>\t\n\xa0", max_size=30))
def test_the_short_way_for_plain_lines_agrees_with_commonmark(text: str) -> None:
    assert markdown_to_html(text) == str(MarkdownIt("commonmark").render(text)).rstrip("\n")


@given(st.text(alphabet="ab\"'<>& ", max_size=20))
def test_an_escaped_template_stays_inside_its_attribute(text: str) -> None:
    rendered = compile_template(escape_template(text + "{{ 'x' }}"), "here").render({})
    assert rendered.endswith("x")
    assert not re.search('["<>]', rendered)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<p>a<br>b<br/><br />c</p>", "a\nb\n\nc"),
        ("<ul>\n<li>one</li>\n<li><b>two</b></li>\n</ul>end", "- one\n- two\n\nend"),
        ("<ul><li>\n<p>loose</p>\n</li></ul>", "- loose"),
        ("a &lt;b&gt; &amp;amp; &#233; < c", "a <b> &amp; é < c"),
        ('<a href="https://e.com">https://e.com</a> <a href=x>y</a> <a>z</a>', "https://e.com y (x) z"),
        ("<head><title>T</title></head><style>p { }</style><script>'<p>'</script><!-- <p> -->x", "x"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('<img src="i" alt="a > b">!', "a > b!"),
        ("  a\n   b  ", "a b"),
        ("<!DOCTYPE html><html><body>x</body></html>", "x"),
    ],
)
def test_html_becomes_readable_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(alphabet="ab <>/\"'=&;!-phrel\n", max_size=60))
def test_any_html_becomes_text_with_single_empty_lines(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip()
    assert "\x01" not in text
    assert "<p>" not in text


@given(st.lists(st.text(alphabet="abc", min_size=1), min_size=1))
def test_paragraphs_come_out_with_an_empty_line_between(words: list[str]) -> None:
    assert html_to_text("".join(f"<p>{word}</p>\n" for word in words)) == "\n\n".join(words)
