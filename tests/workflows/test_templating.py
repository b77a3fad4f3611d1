"""Templates: Liquid with Knock's filters, without a wall clock, and errors that name their place."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import KnockFakeError, WorkflowDefinitionError
from knock_fake.workflows.dialect.strftime import format_date
from knock_fake.workflows.templating import Rendering, Template, TemplateError, compile_template

PLACE = "workflow 'x': steps[0].template.subject"
SCOPE: dict[str, object] = {
    "timestamp": "2026-01-02T03:04:05.678900Z",
    "data": {
        "name": "Ann",
        "count": 1,
        "zero": 0,
        "nothing": None,
        "empty": "",
        "limit": {"for": [7, 8]},
        "flag": True,
        "items": ["a", 1, None, False],
        "object": {"a": [1, None], "b": "é"},
    },
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def render(source: str, scope: dict[str, object] | None = None) -> str:
    return compile_template(source, PLACE).render(SCOPE if scope is None else scope)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("no Liquid at all, 100% { } %}", "no Liquid at all, 100% { } %}"),
        ("Hi {{ data.name }}!", "Hi Ann!"),
        ("[{{ data.missing.deeper }}{{ missing }}{{ data.nothing }}]", "[]"),
        ("{% if data.zero %}0{% endif %}{% if data.empty %}''{% endif %}", "0''"),
        ("{% if data.nothing or data.missing %}x{% else %}falsy{% endif %}", "falsy"),
        ("{% if data.empty == blank %}blank{% endif %}", "blank"),
        ("{% if data.missing != blank %}x{% endif %}{% unless blank == data.nothing %}y{% endunless %}", ""),
        ("{% if x %}{% elsif data.items == blank or data.name == blank %}{% else %}z{% endif %}", "z"),
        ("{% if data.missing == empty %}x{% endif %}{% if data.empty == empty %}y{% endif %}", "y"),
        (
            "{{ data.limit.for.first }}{{ 'a.limit' }}.limit {% for x in data.limit.for limit:1 %}{{ x }}{% endfor %}",
            "7a.limit.limit 7",
        ),
        ("{% raw %}{{ data.limit }}{% endraw %}", "{{ data.limit }}"),
        ("{% unless data.flag %}x{% endunless %}{{ data.flag }}", "true"),
        ("{% for item in data.items %}{{ item }}|{% endfor %}", "a|1||false|"),
        ("{{ data.items }}", "a1false"),
        ("{{ data.object }}{% echo data.object %}", '{"a": [1, null], "b": "é"}' * 2),
        ("{% assign n = data.count | plus: 2 %}{{ n }}", "3"),
        ("{% raw %}{{ data.name }}{% endraw %}", "{{ data.name }}"),
        ("<b>{{ '<i>' }}</b>", "<b><i></b>"),
        ("{{ data.missing | default: 'none' }}", "none"),
        ("{% case data.name %}{% when 'Ann' %}yes{% else %}no{% endcase %}", "yes"),
        ("a{%- comment -%} x {%- endcomment -%} b", "ab"),
    ],
)
def test_liquid_renders_as_the_standard_dialect(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "b"), (False, "b"), ("", "be"), (" \n", "b"), ([], "be"), ({}, "be"), (0, ""), (True, ""), ([None], "")],
)
def test_blank_and_empty_are_those_of_standard_liquid(value: object, expected: str) -> None:
    source = "{% if v == blank %}b{% endif %}{% if v == empty %}e{% endif %}"
    assert render(source, {"v": value}) == expected
    assert render("{% if v != blank %}n{% endif %}", {"v": value}) == ("" if "b" in expected else "n")


@pytest.mark.parametrize("name", ["now", "today", "partial", "template", "environment"])
def test_there_are_no_variables_but_the_scopes(name: str) -> None:
    assert render(f"[{{{{ {name} }}}}]") == "[]"
    assert render(f"[{{{{ {name} }}}}]", {name: "mine"}) == "[mine]"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ data.object | json }}", '{"a": [1, null], "b": "é"}'),
        ("{{ data.missing | json }}", "null"),
        ("{{ '[1, 2]' | from_json | last }}", "2"),
        ("{{ data.object | from_json | json }}", '{"a": [1, null], "b": "é"}'),
        ("{{ data.count | pluralize: 'item', 'items' }}", "item"),
        ("{{ '1' | pluralize: 'item', 'items' }}", "item"),
        ("{{ data.zero | pluralize: 'item', 'items' }}", "items"),
        ("{{ data.missing | pluralize: 'item', 'items' }}", "items"),
        ("{{ 2 | pluralize: 'item', 'items' }}", "items"),
        ("{{ 'hello  wORLD' | titlecase }}", "Hello  World"),
        ("{{ 'Knock' | md5 }}", "3b5b8ec2903478fc081f603bd704f9be"),
        ("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "{{ 'what do ya want for nothing?' | hmac_sha256: 'Jefe' }}",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        ("{{ '[3, 1, 2, 1]' | from_json | intersect: other | join: ',' }}", ""),
        (
            "{% assign b = '[1, true, 3]' | from_json %}{{ '[3, 1, 2, 1]' | from_json | intersect: b | json }}",
            "[3, 1]",
        ),
        ("{% assign b = '[true]' | from_json %}{{ '[1]' | from_json | intersect: b | json }}", "[]"),
        (
            "{{ data.count | equals: 1 }}{{ data.flag | equals: 1 }}{{ data.missing | equals: nil }}",
            "truefalsetrue",
        ),
        ("{{ 1 | equals: 1.0 }}", "true"),
        ("{{ timestamp | timezone: 'America/New_York' }}", "2026-01-01T22:04:05.678900-05:00"),
        ("{{ '2026-07-01T12:00:00Z' | timezone: 'Europe/Berlin' }}", "2026-07-01T14:00:00+02:00"),
        ("{{ 'soon' | timezone: 'Europe/Berlin' }}", "soon"),
    ],
)
def test_knocks_filters(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("1.2.3", "1.2.3", "0"),
        ("1.2", "1.2.0", "0"),
        ("v2.0.0", "2.0.0", "0"),
        ("1.2.0", "1.10.0", "-1"),
        ("2.0.0", "1.99.99", "1"),
        ("1.0.0-rc.1", "1.0.0", "-1"),
        ("1.0.0-alpha", "1.0.0-alpha.1", "-1"),
        ("1.0.0-alpha.9", "1.0.0-alpha.10", "-1"),
        ("1.0.0-1", "1.0.0-alpha", "-1"),
        ("1.0.0+a", "1.0.0+b", "0"),
    ],
)
def test_versions_compare_by_semantic_versioning(ours: str, theirs: str, expected: str) -> None:
    assert render(f"{{{{ '{ours}' | compare_versions: '{theirs}' }}}}") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'now' | date: '%Y-%m-%d %H:%M:%S' }}", "2026-01-02 03:04:05"),
        ("{{ 'today' | date: '%F' }}", "2026-01-02"),
        ("{{ 'now' | date: '%H:%M %Z', 'America/New_York' }}", "22:04 EST"),
        ("{{ '2026-03-04T23:30:00-05:00' | date: '%d %H %z' }}", "04 23 -0500"),
        ("{{ '2026-03-04T23:30:00' | date: '%d %H %:z' }}", "04 23 +00:00"),
        ("{{ '2026-03-04' | date: '%A, %B %-d, %Y' }}", "Wednesday, March 4, 2026"),
        ("{{ 'March 14, 2016' | date: '%b %d, %y' }}", "Mar 14, 16"),
        ("{{ '14 Sep 2016 10:30' | date: '%e/%m %l:%M %P' }}", "14/09 10:30 am"),
        ("{{ 'Marchy 14, 2016' | date: '%Y' }}", "Marchy 14, 2016"),
        ("{{ 0 | date: '%F %T' }}{{ '86400' | date: ' %F' }}", "1970-01-01 00:00:00 1970-01-02"),
        ("{{ 'tomorrow' | date: '%Y' }}", "tomorrow"),
        ("{{ data.nothing | date: '%Y' }}{{ data.missing | date: '%Y' }}", ""),
        ("{{ '2026-02-30' | date: '%Y' }}", "2026-02-30"),
        ("{{ timestamp | date }}", "2026-01-02T03:04:05.678900Z"),
    ],
)
def test_dates_come_from_the_scope_and_never_from_the_machine(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%e|%-e|%_m|%0e|%10A|%^a|%#p", " 4|4| 3|04| Wednesday|WED|pm"),
        ("%I:%M:%S %p %k %l %P", "03:07:09 PM 15  3 pm"),
        ("%L %N %3N %6N %f", "012 012345000 012 012345 012345"),
        ("%j %u %w %U %W %V %G %g %C %y", "063 3 3 09 09 10 2026 26 20 26"),
        (
            "%D|%F|%R|%T|%X|%x|%r|%v|%h",
            "03/04/26|2026-03-04|15:07|15:07:09|15:07:09|03/04/26|03:07:09 PM| 4-MAR-2026|Mar",
        ),
        ("%c", "Wed Mar  4 15:07:09 2026"),
        ("%s %z %:z %Z", "1772638629 -0030 -00:30 UTC-00:30"),
        ("%%%n%t%Q %", "%\n\t%Q %"),
    ],
)
def test_date_directives(pattern: str, expected: str) -> None:
    at = datetime(2026, 3, 4, 15, 7, 9, 12345, tzinfo=timezone(-timedelta(minutes=30)))
    assert format_date(at, pattern) == expected


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001
def test_date_directives_agree_with_the_platforms_where_it_has_them(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    pattern = "%a %A %b %B %d %f %H %I %j %m %M %p %S %u %U %V %w %W %y %Y %z %Z %G %%"
    assert format_date(aware, pattern) == aware.strftime(pattern)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "{{ x | upcas }}",
            ", line 1: unknown filter 'upcas'; did you mean 'upcase'?",
        ),
        ("\n{{ x | currncy: 'GBP' }}", ", line 2: unknown filter 'currncy'; did you mean 'currency'?"),
        ("{% fro x in y %}", ", line 1: unknown tag 'fro'; did you mean 'for'?"),
        ("a\nb\n{% endif %}", ", line 3: 'endif' belongs to no tag that is open here"),
        ("{% else %}", ", line 1: 'else' belongs to no tag that is open here"),
        (
            "{% include 'footer' %}",
            ", line 1: Knock's Liquid has no tag 'include'; use {% render 'partial_key' %}",
        ),
        ("a {{ x", ", line 1: expected '}}', found end of file, at '{{ x'"),
        ("\n{{ x | }}", ", line 2: expected word, found end of expression, at 'x |'"),
        ("{% if x = 1 %}{% endif %}", ", line 1: expected end of expression, found '='"),
        ("{% if x %}", ": expected tag endif, found end of expression"),
        ("{{ x y }}", ", line 1: expected end of expression, found word, at 'y'"),
        (
            "{% assign y = x | sizes %}",
            ", line 1: unknown filter 'sizes'; did you mean 'size'?",
        ),
        (
            "{% if x %}{% for i in x %}{{ i | escapejs }}{% endfor %}{% endif %}",
            ", line 1: unknown filter 'escapejs'; did you mean 'escape'?",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_when_it_is_compiled(source: str, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        compile_template(source, PLACE)
    assert str(refusal.value) == PLACE + problem


def test_a_template_that_is_no_text_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        compile_template(7, PLACE)  # type: ignore[arg-type]
    assert str(refusal.value) == f"{PLACE}: must be text, not int 7"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (
            "\n\n{{ timestamp | timezone: 'Mars/Base' }}",
            3,
            "filter 'timezone': unknown time zone 'Mars/Base'; use a name of the tz database such as America/New_York",
        ),
        ("{{ data.count | divided_by: 0 }}", 1, "filter 'divided_by': can't divide by 0"),
        (
            "{{ data.name | from_json }}",
            1,
            "filter 'from_json': 'Ann' is not JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        (
            "{{ data.name | compare_versions: '1.0' }}",
            1,
            "filter 'compare_versions': 'Ann' is not a version such as 1.2.3 or 2.0.0-rc.1",
        ),
        ("{{ data.items | intersect: data.name }}", 1, "filter 'intersect': needs two lists, not 'Ann'"),
        (
            "{{ data.name | plus: 'Infinity' | round }}",
            1,
            "filter 'round': cannot work with 'inf' (cannot convert float infinity to integer)",
        ),
        ("{% break %}", 1, "unexpected 'break'"),
    ],
)
def test_what_fails_with_a_runs_values_names_line_and_filter(source: str, line: int, message: str) -> None:
    template = compile_template(source, PLACE)
    with pytest.raises(TemplateError) as failure:
        template.render(SCOPE)
    assert isinstance(failure.value, KnockFakeError)
    assert (failure.value.place, failure.value.line, failure.value.message) == (PLACE, line, message)
    assert str(failure.value) == f"{PLACE}, line {line}: {message}"


def test_now_needs_a_timestamp_in_the_scope() -> None:
    with pytest.raises(TemplateError) as failure:
        render("{{ 'now' | date: '%Y' }}", {})
    assert failure.value.message == "filter 'date': \"now\" needs an instant in the variable 'timestamp'"


def test_templates_rendered_in_order_see_earlier_assignments() -> None:
    sources = ["{% assign who = data.name | upcase %}", "static", "{{ who }}", "{{ who | append: '!' }}"]
    templates = [compile_template(source, PLACE) for source in sources]
    rendering = Rendering(SCOPE)
    assert [rendering.text(template) for template in templates] == ["", "static", "ANN", "ANN!"]
    assert templates[2].render(SCOPE) == ""


@given(st.text())
def test_text_without_liquid_is_its_own_rendering(text: str) -> None:
    source = text.replace("{{", "").replace("{%", "")
    assert render(source, {}) == source


@given(json_values)
def test_json_gives_what_from_json_reads(value: object) -> None:
    shown = render("{{ value | json }}", {"value": value})
    assert json.loads(shown) == value
    assert render("{{ value | json | from_json | json }}", {"value": value}) == shown


@given(
    json_values,
    st.sampled_from(
        ["upcase", "json", "titlecase", "from_markdown", "currency: 'EUR', 'de'", "rounded_currency", "t: count: v",
         "format_number: 'fr'", "format_date_in_locale: 'de'", "format_datetime_in_locale: 'en', 'full', 'full'",
         "sum", "round", "md5", "first", "join", "date: '%F %s'", "timezone: 'UTC'",
         "compare_versions: '1'", "equals: 1", "intersect: v", "pluralize: 'a', 'b'", "from_json", "sort",
         "truncate: v"]
    ),
)  # fmt: skip
def test_a_filter_meets_any_value_with_text_or_a_template_error(value: object, filter_: str) -> None:
    scope: dict[str, object] = {"v": value, "timestamp": SCOPE["timestamp"]}
    template = compile_template(f"{{{{ v | {filter_} }}}}", PLACE)
    assert outcome_of(template, scope) == outcome_of(template, scope)


def outcome_of(template: Template, scope: dict[str, object]) -> str:
    try:
        return template.render(scope)
    except TemplateError as error:
        return f"line {error.line}: {error.message}"


def test_templates_without_liquid_or_markdown_import_neither_library() -> None:
    code = (
        "import sys\n"
        "from knock_fake.workflows.content import compile_channel_template as compile\n"
        "compile('in_app_feed', {'markdown_body': 'Hello there'}, 'p').render({})\n"
        "compile('email', {'subject': 'Hi', 'html_body': '<p>Hello</p>'}, 'p').render({})\n"
        "print(sorted({'liquid', 'markdown_it'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout == "[]\n"
