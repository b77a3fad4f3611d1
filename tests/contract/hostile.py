"""What no well-meaning client would send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
from hypothesis import strategies as st

from knock_fake.api import OPERATIONS
from knock_fake.gateway.call import Call
from tests.contract.calls import fill, known_path, known_segments
from tests.contract.valid import mostly, valid
from tests.worlds import HEADERS

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Operation

_TOKEN = re.compile(rb'"[^"\\]*"|-?\d+|true|false|null')
TOKENS = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"-0", b"-0.0", b"00", b"1.", b".5", b"+1"),
    *(b"9" * 400, b"-" + b"9" * 400, b"18446744073709551616", b"-9223372036854775809", b"1e308", b"0x10"),
    *(
        rb'"\ud800"',
        rb'"\udfff\ud800"',
        rb'"\u0000"',
        b'"\x00"',
        b'"\xff\xfe"',
        '"\u202e\u0301\U0001d56c"'.encode(),
        b'"',
    ),
    *(b"[" * 90 + b"]" * 90, b"[" * 400 + b"]" * 400, b'{"a":' * 90 + b"1" + b"}" * 90, b"[" * 100_000, b'{"' * 99),
    *(
        b'{"id":"a","id":{},"id":null}',
        b'{"":{"":{"":[]}}}',
        b'{"__proto__":1,"constructor":{}}',
        b'"' + b"x" * 300_000 + b'"',
    ),
    *(b"[]", b"{}", b"null", b'""', b"[[]]", b"[null]", b'{"null":null}', b"//", b"'x'", b"undefined", b" ", b""),
)
"""JSON and what looks like it, to be put in the place of a value."""
BODIES = (
    *TOKENS,
    *(
        b"\xef\xbb\xbf{}",
        '{"name":"Jane"}'.encode("utf-16"),
        b"\xff\xfe\x00",
        b"a=b&c=d",
        b"<xml/>",
        b"{}{}",
        b"{},",
        b"\n",
    ),
)
ODD_TEXTS = st.one_of(
    st.sampled_from(
        (
            *("", " ", ".", "..", "%", "%2", "%zz", "%00", "%ff", "%2F", "%2f..%2f", "%C0%AF", "%ED%A0%80", "$tenants"),
            *(
                "\x00",
                "\r\n",
                "\t",
                "é",
                "\u202e",
                "\U0001d56c",
                "\ufffe",
                "\ud800",
                "a" * 5_000,
                "{user_id}",
                "%25s",
                "%s%n",
                "null",
            ),
            *(
                "bulk",
                "batch",
                "default",
                "__proto__",
                "-1",
                "1e400",
                "NaN",
                "[]",
                "a[b",
                "a]b",
                "{}",
                ";",
                "#",
                "?",
                "&",
                "=",
            ),
        )
    ),
    st.text(st.characters(), max_size=8),
)
PATHS = st.sampled_from(
    ("", "/", "//", "/v1", "/v1/", "*", "v1/users", "/v1//users", "/v1/users/", "/v2/users", "/v1/users/../x")
)
METHODS = st.sampled_from(
    ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "", "get", "\x00", "GÉT")
)
NAMES = st.sampled_from(
    ("page_size", "after", "before", "inserted_at", "trigger_data", "include", "message_ids", "status")
)
QUERIES = st.one_of(
    ODD_TEXTS,
    st.lists(
        st.builds(
            lambda name, nesting, value: f"{name}{nesting}={value}",
            NAMES | ODD_TEXTS,
            st.sampled_from(
                ("", "[]", "[0]", "[999999999999]", "[-1]", "[][]", "[][id]", ".gt", "[gt]", "[a][b]" * 9, "[", "]")
            ),
            ODD_TEXTS
            | st.sampled_from(("1", "99999999999999999999", "-1", "true", "AAAAAAAAAAE=", "0001-01-01", "{}", "[1]")),
        ),
        max_size=4,
    ).map("&".join),
)
KEYS = st.sampled_from(
    (
        "",
        "Bearer",
        "Bearer ",
        "bearer sk_x",
        "Bearer sk_",
        "Bearer pk_x",
        "Bearer \x00",
        "Basic eDp5",
        "sk_x",
        "Bearer sk_x, Bearer sk_y",
    )
)
HEADER_VALUES = st.one_of(
    ODD_TEXTS,
    st.sampled_from(
        ("application/json", "APPLICATION/JSON; charset=utf-16", "text/plain", "a/b+json", "null", "x" * 256)
    ),
)
ODD_HEADERS = st.dictionaries(
    st.sampled_from(
        (
            *(
                "content-type",
                "content-length",
                "idempotency-key",
                "x-knock-user-token",
                "x-knock-branch",
                "accept",
                "host",
            ),
            *("transfer-encoding", "x-http-method-override", "origin", "access-control-request-method", "", "é"),
        )
    ),
    HEADER_VALUES,
    max_size=4,
)


@st.composite
def bodies(draw: st.DrawFn, operation: Operation) -> bytes:
    """Draw a body: any bytes, or one that would be right if one value in it were not spoilt."""
    if operation.body_schema is None or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(BODIES) | st.binary(max_size=20))
    text = orjson.dumps(draw(valid(operation.body_schema)))
    places = [match.span() for match in _TOKEN.finditer(text)] or [(0, len(text))]
    start, end = draw(st.sampled_from(places))
    return text[:start] + draw(st.sampled_from(TOKENS)) + text[end:]


@st.composite
def paths(draw: st.DrawFn, operation: Operation) -> str:
    """Draw a path in which one segment is odd, or one that is odd as a whole."""
    segments = known_segments(operation)
    used = [name for name in segments if f"{{{name}}}" in operation.path]
    if not used:
        return draw(mostly(st.just(operation.path), PATHS))
    odd = operation.path.replace(f"{{{draw(st.sampled_from(used))}}}", "\x01")
    return draw(mostly(st.just(fill(odd, segments)).map(lambda path: path.replace("\x01", draw(ODD_TEXTS))), PATHS))


@st.composite
def hostile_calls(draw: st.DrawFn) -> Call:
    """Draw a call of which at least one part is odd."""
    operation = draw(st.sampled_from(OPERATIONS))
    odd = draw(st.sets(st.sampled_from(("method", "path", "query", "headers", "key", "body")), min_size=1, max_size=2))
    headers = {**HEADERS, **(draw(ODD_HEADERS) if "headers" in odd else {})}
    if "key" in odd:
        headers["authorization"] = draw(KEYS)
    return Call(
        draw(METHODS) if "method" in odd else operation.method,
        draw(paths(operation)) if "path" in odd else known_path(operation),
        draw(QUERIES) if "query" in odd else "",
        headers,
        draw(bodies(operation)) if "body" in odd else b"",
    )
