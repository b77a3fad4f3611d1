from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import ApiError
from knock_fake.gateway.query import MAX_DEPTH, coerce_query, parse_query, read_query

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

NAMES = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=8)
REFERENCES = st.lists(st.fixed_dictionaries({"id": VALUES, "collection": VALUES}), min_size=1, max_size=4)


def errors_of(error: pytest.ExceptionInfo[ApiError]) -> Json:
    assert error.value.status == 422
    assert isinstance(error.value.body, dict)
    return error.value.body["errors"]


@pytest.mark.parametrize(
    ("raw", "tree"),
    [
        ("", {}),
        ("status[]=sent&status[]=queued", {"status": ["sent", "queued"]}),
        ("status%5B%5D=sent&status%5B%5D=queued", {"status": ["sent", "queued"]}),
        ("status=sent&status=queued", {"status": ["sent", "queued"]}),
        ("status=sent&status[]=queued", {"status": ["sent", "queued"]}),
        ("status=sent", {"status": "sent"}),
        ("include[0]=preferences", {"include": {"0": "preferences"}}),
        (
            "objects[0][id]=p&objects[0][collection]=c&objects[1][id]=q&objects[1][collection]=c",
            {"objects": [{"id": "p", "collection": "c"}, {"id": "q", "collection": "c"}]},
        ),
        (
            "objects[][id]=p&objects[][collection]=c&objects[][id]=q&objects[][collection]=c",
            {"objects": [{"id": "p", "collection": "c"}, {"id": "q", "collection": "c"}]},
        ),
        (
            "recipients[]=u1&recipients[][id]=o&recipients[][collection]=c",
            {"recipients": ["u1", {"id": "o", "collection": "c"}]},
        ),
        (
            "recipients[0]=u1&recipients[1][id]=o&recipients[1][collection]=c",
            {"recipients": ["u1", {"id": "o", "collection": "c"}]},
        ),
        (
            "recipients[10][id]=z&recipients[2]=u",
            {"recipients": ["u", {"id": "z"}]},
        ),
        (
            "recipients[][id]=o&recipients[]=u1&recipients[][id]=p",
            {"recipients": [{"id": "o"}, "u1", {"id": "p"}]},
        ),
        ("a[][b][]=1&a[][b][]=2", {"a": [{"b": ["1", "2"]}]}),
        ("a[][b][c]=1&a[][b]=2&a[][b][c]=3", {"a": [{"b": {"c": "1"}}, {"b": "2"}, {"b": {"c": "3"}}]}),
        ("inserted_at.gt=2024-01-01", {"inserted_at": {"gt": "2024-01-01"}}),
        (
            "inserted_at[gte]=2024-01-01T00%3A00%3A00%2B00%3A00&inserted_at.lt=2025-01-01",
            {"inserted_at": {"gte": "2024-01-01T00:00:00+00:00", "lt": "2025-01-01"}},
        ),
        (
            "query_options[limit]=5&query_options.cursor=X&query_options.$skiptoken=Y",
            {"query_options": {"limit": "5", "cursor": "X", "$skiptoken": "Y"}},
        ),
        (
            "access_token_object[object_id]=t&access_token_object[collection]=$tenants&channel_id=c",
            {"access_token_object": {"object_id": "t", "collection": "$tenants"}, "channel_id": "c"},
        ),
        ("recipient[id]=o&recipient[collection]=c", {"recipient": {"id": "o", "collection": "c"}}),
        ("tenant=&after=&page_size=2", {"page_size": "2"}),
        ("status[]=&status[]=sent", {"status": ["sent"]}),
        ("name=a+b%20c%2B", {"name": "a b c+"}),
        ("token=a=b==", {"token": "a=b=="}),
        ("&&=x&flag&a=1&", {"a": "1"}),
        ("a[b=1&]c=2&d..e=3&[f]=4&g.=5", {"a[b": "1", "]c": "2", "d..e": "3", "[f]": "4", "g.": "5"}),
        ("name=%ff", {"name": "\N{REPLACEMENT CHARACTER}"}),
        ("name=\ud800", {"name": "?"}),
    ],
)
def test_every_dialect_is_read(raw: str, tree: JsonObject) -> None:
    assert parse_query(raw) == tree


@pytest.mark.parametrize(
    "raw", ["a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[0]=1&a[]=2", "a[b]=1&a[b][c]=2", "a.b=1&a=2"]
)
def test_a_name_is_not_both_a_map_and_something_else(raw: str) -> None:
    with pytest.raises(ApiError) as error:
        parse_query(raw)
    message = "is given both as a map and as a value or a list"
    assert errors_of(error) == [{"field": "a", "message": message, "type": "type"}]


def test_a_list_directly_inside_a_list_is_refused() -> None:
    with pytest.raises(ApiError) as error:
        parse_query("a[][]=1")
    message = "holds a list directly inside a list"
    assert errors_of(error) == [{"field": "a", "message": message, "type": "format"}]


def test_a_key_goes_as_deep_as_the_bound_and_no_deeper() -> None:
    deepest = "a" + "[b]" * (MAX_DEPTH - 1)
    assert parse_query(f"{deepest}=1") != {}
    with pytest.raises(ApiError) as error:
        parse_query(f"{deepest}[b]=1")
    assert errors_of(error) == [{"field": "a", "message": "is nested deeper than 8 levels", "type": "depth"}]


@given(st.text() | st.text(alphabet="ab01[].&=%+", max_size=40))
def test_any_text_is_read_or_refused_with_422(raw: str) -> None:
    try:
        status = 200 if isinstance(parse_query(raw), dict) else 500
    except ApiError as refused:
        status = refused.status
    assert status in (200, 422)


@given(st.dictionaries(NAMES, VALUES))
def test_plain_values_survive_encoding(query: dict[str, str]) -> None:
    raw = "&".join(f"{name}={quote_plus(value)}" for name, value in query.items())
    assert parse_query(raw) == query


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=4)))
def test_lists_survive_encoding(query: dict[str, list[str]]) -> None:
    raw = "&".join(f"{name}%5B%5D={quote(one)}" for name, values in query.items() for one in values)
    assert parse_query(raw) == query


@given(NAMES, st.dictionaries(NAMES, VALUES, min_size=1))
def test_a_dot_means_the_same_as_brackets(name: str, bounds: dict[str, str]) -> None:
    dotted = "&".join(f"{name}.{key}={quote(value)}" for key, value in bounds.items())
    bracketed = "&".join(f"{name}[{key}]={quote(value)}" for key, value in bounds.items())
    assert parse_query(dotted) == parse_query(bracketed) == {name: bounds}


@given(REFERENCES)
def test_references_read_the_same_with_and_without_numbers(references: list[dict[str, str]]) -> None:
    numbered = "&".join(
        f"objects[{number}][{key}]={quote(value)}"
        for number, reference in enumerate(references)
        for key, value in reference.items()
    )
    bare = "&".join(f"objects[][{key}]={quote(value)}" for one in references for key, value in one.items())
    assert parse_query(numbered) == parse_query(bare) == {"objects": references}


SCHEMA: JsonObject = {
    "properties": {
        "page_size": {"type": "integer"},
        "has_tenant": {"type": "boolean"},
        "source": {"type": "string"},
        "status": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "trigger_data": {"type": "object", "contentMediaType": "application/json"},
        "query_options": {"type": "object", "properties": {"limit": {"type": "integer"}}},
        "recipient": {},
    }
}


@pytest.mark.parametrize(
    ("query", "coerced"),
    [
        ({"page_size": "10"}, {"page_size": 10}),
        ({"page_size": "-3"}, {"page_size": -3}),
        ({"page_size": "1.5"}, {"page_size": "1.5"}),
        ({"page_size": " 1"}, {"page_size": " 1"}),
        ({"page_size": "\N{ARABIC-INDIC DIGIT ONE}"}, {"page_size": "\N{ARABIC-INDIC DIGIT ONE}"}),
        ({"page_size": "9" * 5000}, {"page_size": "9" * 5000}),
        ({"has_tenant": "true"}, {"has_tenant": True}),
        ({"has_tenant": "false"}, {"has_tenant": False}),
        ({"has_tenant": "1"}, {"has_tenant": "1"}),
        ({"source": "7"}, {"source": "7"}),
        ({"source": ["a", "b"]}, {"source": ["a", "b"]}),
        ({"status": "sent"}, {"status": ["sent"]}),
        ({"status": ["sent", "queued"]}, {"status": ["sent", "queued"]}),
        ({"status": {"0": "sent"}}, {"status": {"0": "sent"}}),
        ({"numbers": ["1", "x"]}, {"numbers": [1, "x"]}),
        ({"trigger_data": '{"plan": "pro"}'}, {"trigger_data": {"plan": "pro"}}),
        ({"trigger_data": "{plan"}, {"trigger_data": "{plan"}),
        ({"trigger_data": {"plan": "pro"}}, {"trigger_data": {"plan": "pro"}}),
        ({"query_options": {"limit": "5", "cursor": "7"}}, {"query_options": {"limit": 5, "cursor": "7"}}),
        ({"recipient": "u"}, {"recipient": "u"}),
        ({"unknown": "7"}, {"unknown": "7"}),
    ],
)
def test_texts_become_what_the_schema_declares(query: JsonObject, coerced: JsonObject) -> None:
    assert coerce_query(query, SCHEMA) == coerced


def test_a_schema_without_properties_changes_nothing() -> None:
    assert coerce_query({"a": "1"}, {"type": "object"}) == {"a": "1"}


def test_a_query_without_a_schema_stays_text() -> None:
    assert read_query("page_size=10&a[]=1", None) == {"page_size": "10", "a": ["1"]}


def test_a_query_is_read_by_its_schema() -> None:
    raw = "page_size=20&status=sent&trigger_data=%7B%22plan%22%3A%22pro%22%7D&inserted_at.gt=2026-01-01&other=1"
    assert read_query(raw, "messages/list_query") == {
        "page_size": 20,
        "status": ["sent"],
        "trigger_data": {"plan": "pro"},
        "inserted_at": {"gt": "2026-01-01"},
        "other": "1",
    }


def test_an_absent_query_fits_a_schema_that_asks_for_nothing() -> None:
    assert read_query("", "messages/list_query") == {}


@pytest.mark.parametrize(
    ("raw", "schema", "errors"),
    [
        (
            "page_size=ten&include[0]=preferences",
            "users/list_query",
            [
                {"field": "page_size", "message": "must be an integer, not the string 'ten'", "type": "type"},
                {"field": "include", "message": "must be a list, not an object", "type": "type"},
            ],
        ),
        (
            "include[]=preferences&include[]=plan",
            "users/list_query",
            [{"field": "include.1", "message": "must be one of preferences", "type": "enum"}],
        ),
        (
            "trigger_data=%7B%22a%22%3A%5B1%5D%7D",
            "messages/activities_query",
            [
                {
                    "field": "trigger_data.a",
                    "message": "must be a string, a number, a boolean or null, not a list",
                    "type": "type",
                }
            ],
        ),
        (
            "trigger_data=plan",
            "feeds/list_query",
            [
                {
                    "field": "trigger_data",
                    "message": "must be an object, not the string 'plan'",
                    "type": "type",
                }
            ],
        ),
        (
            "source=a&source=b",
            "feeds/list_query",
            [{"field": "source", "message": "must be a string, not a list", "type": "type"}],
        ),
        (
            "&".join(["message_ids[]=m"] * 51),
            "messages/list_query",
            [{"field": "message_ids", "message": "has more than 50 entries", "type": "length"}],
        ),
        (
            "",
            "messages/batch_content_query",
            [{"field": "message_ids", "message": "is required", "type": "required"}],
        ),
        (
            "&".join(["message_ids[]=m"] * 26),
            "messages/batch_content_query",
            [{"field": "message_ids", "message": "has more than 25 entries", "type": "length"}],
        ),
    ],
)
def test_what_a_schema_refuses_is_named(raw: str, schema: str, errors: Json) -> None:
    with pytest.raises(ApiError) as error:
        read_query(raw, schema)
    assert errors_of(error) == errors
