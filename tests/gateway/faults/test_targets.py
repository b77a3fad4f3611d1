from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.api import OPERATIONS
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.operation_names import ALIASES, names_of
from knock_fake.gateway.router import Router

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

NAMES = names_of(Router(OPERATIONS))


def resolved(name: str) -> list[str]:
    return sorted(operation.name for operation in NAMES.resolve(name, "x"))


def test_every_older_name_stands_for_operations_that_there_are() -> None:
    known = {operation.name for operation in OPERATIONS}
    assert {name for found in ALIASES.values() for name in found} <= known
    assert not known & set(ALIASES)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("users.update", ["users.update"]),
        ("users.identify", ["users.update"]),
        ("bulk_operations.*", ["bulk_operations.get"]),
        (
            "schedules.*",
            ["schedules.bulk.create", "schedules.create", "schedules.delete", "schedules.list", "schedules.update"],
        ),
        (
            "messages.unset_status",
            ["messages.mark_as_unread", "messages.mark_as_unseen", "messages.unarchive", "messages.unmark_interacted"],
        ),
    ],
)
def test_operations_are_found_by_name(name: str, found: list[str]) -> None:
    assert resolved(name) == found


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("users.identfy", "did you mean 'users.identify'?"),
        ("userz.*", "did you mean 'users.*'?"),
        (".*", "known: "),
        ("users.*.x", "did you mean "),
    ],
)
def test_an_unknown_operation_is_named_with_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(UsageError) as error:
        NAMES.resolve(name, "here")
    assert str(error.value).startswith(f"here: Knock has no operation {name!r}; {remedy}")


def test_an_operation_is_named_by_text() -> None:
    with pytest.raises(UsageTypeError) as error:
        NAMES.resolve(5, "here")  # type: ignore[arg-type]
    assert str(error.value) == "here: an operation is named by text such as 'users.update', not 5"


@pytest.mark.parametrize(
    ("target", "call", "struck"),
    [
        ("*", "GET /v1/users/jane", True),
        ("*", "GET /nowhere", True),
        ("users.get", "GET /v1/users/jane", True),
        ("users.get", "PUT /v1/users/jane", False),
        ("users.*", "GET /v1/users/jane/messages", True),
        ("users.*", "GET /v1/tenants", False),
        ("users.identify", "PUT /v1/users/jane", True),
        ("/v1/users/*", "GET /v1/users/jane", True),
        ("/v1/users/*", "PATCH /v1/users/jane", True),
        ("/v1/users/*", "GET /v1/users/jane/messages", False),
        ("/v1/users/*", "GET /v1/users", False),
        ("/v1/users/{id}", "DELETE /v1/users/jane", True),
        ("GET /v1/users/jane", "GET /v1/users/jane", True),
        ("get /v1/users/jane", "GET /v1/users/jane", True),
        ("GET /v1/users/jane", "PUT /v1/users/jane", False),
        ("GET /v1/users/jane", "GET /v1/users/joe", False),
        ("/v1/users/u%2F1", "GET /v1/users/u%2F1", True),
        ("/v1/users/a b", "GET /v1/users/a%20b", True),
        ("/v1/users/**", "GET /v1/users/jane/messages", True),
        ("/v1/users/**", "GET /v1/tenants", False),
        ("/v1/users/jane", "GET /v1/users/*", False),
    ],
)
def test_a_target_strikes_the_calls_it_means(
    api: httpx.Client, knock: KnockFake, target: str, call: str, *, struck: bool
) -> None:
    rule = knock.faults.fail(target, status=418)
    method, path = call.split()
    assert (api.request(method, path).status_code == 418, rule.hits) == (struck, int(struck))


def test_several_targets_are_struck_together(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail(["users.get", "GET /v1/tenants/*"], status=418)
    paths = ["/v1/users/jane", "/v1/tenants/acme", "/v1/tenants"]
    assert [api.get(path).status_code for path in paths] == [418, 418, 200]
    assert (rule.matched, rule.hits) == (2, 2)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("users.updte", "faults: Knock has no operation 'users.updte'; did you mean 'users.update'?"),
        ("/v2/users", "faults: the path in '/v2/users' must begin with /v1/, as Knock's do"),
        ("FETCH /v1/users", "faults: 'FETCH' in 'FETCH /v1/users' is no method; did you mean 'PATCH'?"),
        (
            "PUT /v1/users",
            "faults: no operation has a path like 'PUT /v1/users'; did you mean 'GET /v1/users'?",
        ),
        (
            "/v1/user/*",
            "faults: no operation has a path like '/v1/user/*'; did you mean '/v1/users'?",
        ),
        (
            "/v1/**/messages",
            "faults: ** can only stand at the end of a path, not as in '/v1/**/messages': write * for one segment",
        ),
    ],
)
def test_a_target_that_means_nothing_is_refused(knock: KnockFake, target: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        knock.faults.fail(target)
    assert str(error.value) == message
    assert len(knock.faults) == 0
