from __future__ import annotations

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.arguments import read_argument

KNOWN = ("from_user_id", "other")


def test_what_fits_comes_back_as_a_copy() -> None:
    given = {"from_user_id": "joe", "other": [1]}
    read = read_argument("users/merge_request", given, "place", known=KNOWN)
    assert read == given
    assert read is not given
    assert read["other"] is not given["other"]


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ("joe", UsageTypeError, "place: must be a dictionary, not str"),
        ({"from_user": "joe"}, UsageError, "place: unknown key 'from_user'; did you mean 'from_user_id'?"),
        ({1: "joe"}, UsageError, "place: unknown key 1; known: 'from_user_id', 'other'"),
        ({"from_user_id": {1}}, UsageTypeError, "place: must be JSON: Type is not JSON serializable: set"),
        ({"from_user_id": 2**80}, UsageTypeError, "place: must be JSON: Integer exceeds 64-bit range"),
        ({}, UsageError, "place: from_user_id is required"),
        ({"from_user_id": "a/b"}, UsageError, "place: from_user_id must not contain '/' or '#'"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(given: object, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        read_argument("users/merge_request", given, "place", known=KNOWN)
    assert str(caught.value) == message
