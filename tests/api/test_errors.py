from __future__ import annotations

import warnings

import httpx
import pytest

from knock_fake import KnockFake
from knock_fake.api import OPERATIONS
from knock_fake.api.unbuilt import name_unbuilt
from knock_fake.gateway.router import Router

JSON = {"content-type": "application/json"}


def client(world: KnockFake) -> httpx.Client:
    headers = {"authorization": "Bearer sk_test_x"}
    return httpx.Client(transport=world.transport(), base_url="https://api.knock.app", headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "remedy"),
    [
        ("GET", "/v1/user", "did you mean '/v1/users'?"),
        ("GET", "/v1/users/", "leave out the slash at the end"),
        ("GET", "/v1/users/jane/", "leave out the slash at the end"),
        ("GET", "/users", "paths begin with /v1; the SDKs add it to a base URL that must not end in it"),
        ("GET", "/v1/v1/users", "the base URL must not end in /v1, the SDKs add it"),
        ("GET", "/", "paths begin with /v1; the SDKs add it to a base URL that must not end in it"),
        ("GET", "//v1/users/jane", "paths begin with /v1; the SDKs add it to a base URL that must not end in it"),
        ("GET", "/v1//users", "did you mean '/v1/users'?"),
        ("GET", "/V1/users", "paths begin with /v1; the SDKs add it to a base URL that must not end in it"),
    ],
)
def test_a_path_that_nothing_answers_gets_the_frameworks_body(method: str, path: str, remedy: str) -> None:
    request = httpx.Request(method, "https://api.knock.app", headers={"authorization": "Bearer sk_test_x"})
    request.url = httpx.URL(f"https://api.knock.app{path}")
    missing = client(KnockFake()).send(request)
    assert (missing.status_code, missing.json()) == (404, {"errors": {"detail": "404 Not Found"}})
    assert missing.headers["x-knock-fake-hint"] == f"no operation answers {method} {path}: {remedy}"
    assert missing.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/users/jane", "DELETE, GET, PUT"),
        ("POST", "/v1/users/jane", "DELETE, GET, PUT"),
        ("DELETE", "/v1/users", "GET"),
        ("GET", "/v1/workflows/hello/trigger", "POST"),
        ("OPTIONS", "/v1/users", "GET"),
    ],
)
def test_a_method_that_a_path_does_not_have(method: str, path: str, allowed: str) -> None:
    refused = client(KnockFake()).request(method, path)
    assert (refused.status_code, refused.json()) == (405, {"errors": {"detail": "405 Method Not Allowed"}})
    assert refused.headers["allow"] == allowed
    assert refused.headers["x-knock-fake-hint"] == f"{path} takes {allowed}, not {method}"


@pytest.mark.parametrize("content", [b"{", b"{'a': 1}", b'{"a": NaN}', b"\xff", b'{"a": "\\ud800"}', b"{} {}"])
def test_a_body_that_is_not_json_is_refused(content: bytes) -> None:
    refused = client(KnockFake()).put("/v1/users/jane", content=content, headers=JSON)
    body = refused.json()
    reason = body.pop("message")
    assert refused.status_code == 400
    assert body == {"code": "invalid_params", "status": 400, "type": "invalid_request_error"}
    assert reason.startswith("The request body is not valid JSON: ")


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"5", b"true"])
def test_a_body_must_be_an_object(content: bytes) -> None:
    refused = client(KnockFake()).put("/v1/users/jane", content=content, headers=JSON)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": "body", "message": "must be a JSON object", "type": "type"}]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_must_call_itself_json(content_type: str) -> None:
    refused = client(KnockFake()).put("/v1/users/jane", content=b"{}", headers={"content-type": content_type})
    assert (refused.status_code, refused.json()) == (
        415,
        {
            "code": "invalid_params",
            "message": f"The request body must be application/json, not {content_type}.",
            "status": 415,
            "type": "invalid_request_error",
        },
    )


@pytest.mark.parametrize(
    "headers",
    [{}, JSON, {"content-type": "application/json; charset=utf-8"}, {"content-type": "application/vnd.api+JSON"}],
)
def test_what_counts_as_json(headers: dict[str, str]) -> None:
    answer = client(KnockFake()).put("/v1/users/jane", content=b'{"name":"Jane"}', headers=headers)
    assert answer.json()["name"] == "Jane"


@pytest.mark.parametrize(("levels", "status"), [(100, 200), (101, 422), (900, 422)])
def test_a_body_may_be_nested_a_hundred_levels_deep(levels: int, status: int) -> None:
    api = client(KnockFake())
    content = b'{"a":' * levels + b"1" + b"}" * levels
    answer = api.put("/v1/users/jane", content=content, headers=JSON)
    assert answer.status_code == status
    if status == 422:
        too_deep = {"field": "body", "message": "is nested deeper than 100 levels", "type": "depth"}
        assert answer.json()["errors"] == [too_deep]
    assert api.get("/v1/users").status_code == 200


def test_a_broad_body_is_not_a_deep_one() -> None:
    rows = [{"id": str(number)} for number in range(500)]
    assert client(KnockFake()).post("/v1/users/bulk/identify", json={"users": rows}).status_code == 200


def test_properties_may_take_256_kilobytes_together() -> None:
    api = client(KnockFake())
    room = 256_000 - len('{"x":""}')
    assert api.put("/v1/users/jane", json={"x": "y" * room}).status_code == 200
    refused = [
        api.put("/v1/users/joe", json={"x": "y" * (room + 1)}),
        api.put("/v1/users/jane", json={"z": 1}),
        api.put("/v1/users/joe", json={"x": "é" * (room // 2 + 1)}),
    ]
    too_large = {"field": "body", "message": "has properties of more than 256 kB", "type": "length"}
    assert [answer.status_code for answer in refused] == [422] * 3
    assert [answer.json()["errors"] for answer in refused] == [[too_large]] * 3
    assert [user["id"] for user in api.get("/v1/users").json()["entries"]] == ["jane"]
    assert "z" not in api.get("/v1/users/jane").json()


def test_every_operation_of_knock_is_answered() -> None:
    assert [operation.name for operation in OPERATIONS if not operation.is_built] == []


def test_an_operation_that_is_not_answered_yet_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    router = Router([*OPERATIONS, name_unbuilt("users.praise", "POST", "/v1/users/{user_id}/praise", 3)])
    monkeypatch.setattr("knock_fake.world._router", lambda: router)
    world = KnockFake()
    refused = client(world).post("/v1/users/jane/praise")
    assert (refused.status_code, refused.json()) == (
        501,
        {
            "code": "not_implemented",
            "message": "knock_fake does not answer users.praise yet.",
            "status": 501,
            "type": "api_error",
        },
    )
    assert world.journal.unbuilt == {"users.praise": 1}


def test_what_is_wrong_is_told_in_a_header_of_ascii_and_in_the_journal() -> None:
    world = KnockFake()
    missing = client(world).get("/v1/users/%E6%97%A5%0A%E6%9C%AC")
    (entry,) = world.journal
    assert missing.headers["x-knock-fake-hint"] == "there is no user '\\u65e5\\n\\u672c'"
    assert (entry.operation, entry.reply.status, entry.hint, entry.error) == (
        "users.get",
        404,
        "there is no user '日\\n本'",
        None,
    )
    expected = "2026-01-01T00:00:00Z  GET /v1/users/%E6%97%A5%0A%E6%9C%AC -> 404  (there is no user '日\\n本')"
    assert str(entry) == expected


def test_a_hint_of_a_refused_field_names_it() -> None:
    refused = client(KnockFake()).put("/v1/users/jane", json={"name": 1, "email": 2})
    expected = "name must be a string or null, not a number; email must be a string or null, not a number"
    assert refused.headers["x-knock-fake-hint"] == expected


def test_a_hint_is_one_printable_line_whatever_it_quotes() -> None:
    refused = client(KnockFake()).put("/v1/users/jane", json={"preferences": {"a\x00b\nc\x1f": 1}})
    assert refused.headers["x-knock-fake-hint"] == "preferences.a b c  must be an object, not a number"


def test_a_success_carries_no_hint() -> None:
    answer = client(KnockFake()).get("/v1/users")
    assert "x-knock-fake-hint" not in answer.headers
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_every_answer_has_a_request_id_of_its_own() -> None:
    api = client(KnockFake())
    paths = ("/v1/users", "/v1/users", "/v1/users/jane", "/nowhere", "/v1/users?page_size=x")
    ids = [api.get(path).headers["x-request-id"] for path in paths]
    deleted = api.delete("/v1/users/jane")
    assert len({*ids, deleted.headers["x-request-id"]}) == 6
    assert "content-type" not in deleted.headers


def test_a_defect_of_the_fake_is_a_500_that_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = KnockFake()

    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(world.state.recipients, "in_collection", fail)
    failed = client(world).get("/v1/users")
    (entry,) = world.journal
    assert (failed.status_code, failed.json()) == (500, {"errors": {"detail": "500 Internal Server Error"}})
    assert failed.headers["x-knock-fake-hint"] == "knock_fake itself failed: RuntimeError: broken"
    assert isinstance(entry.error, RuntimeError)


@pytest.mark.parametrize("name", ["a|b", "a;b", "a'b", "<b>", "%00", "%FF", ".", "..", "%2e%2e", "a=b", "a,b", "~a"])
def test_no_character_of_an_id_breaks_the_routing(name: str) -> None:
    request = httpx.Request("PUT", "https://api.knock.app", headers={"authorization": "Bearer sk_test_x"})
    request.url = httpx.URL(f"https://api.knock.app/v1/users/x{name}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = client(KnockFake()).send(request)
    assert answer.status_code == 200
