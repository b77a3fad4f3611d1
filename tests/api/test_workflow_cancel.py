from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

CANCEL = "/v1/workflows/later/cancel"

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    for key in ("later", "other"):
        knock.workflows.add(key, steps=[in_app_feed("now"), delay("1h"), in_app_feed("then")])


def trigger(api: httpx.Client, *users: str, workflow: str = "later", key: str | None = "k") -> None:
    body = {"recipients": [{"id": user} for user in users], "cancellation_key": key}
    assert api.post(f"/v1/workflows/{workflow}/trigger", json=body).status_code == 200


def reached(knock: KnockFake) -> list[str]:
    """Let the time pass and return who got the second message."""
    knock.clock.run_until_idle()
    blocks = ((str(message.recipient), message.content["blocks"]) for message in knock.state.messages)
    return sorted(user for user, block in blocks if "then" in str(block))


def test_cancelling_stops_what_waits_and_leaves_what_was_sent(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane", "joe")
    cancelled = api.post(CANCEL, json={"cancellation_key": "k"})
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    assert reached(knock) == []
    assert len(knock.state.messages) == 2


@pytest.mark.parametrize(
    ("recipients", "left"),
    [
        (None, []),
        (["jane"], ["joe"]),
        ([{"id": "jane"}], ["joe"]),
        ([{"id": "jane", "collection": None}], ["joe"]),
        (["jane", "joe", "nobody"], []),
        ([{"id": "jane", "collection": "projects"}], ["jane", "joe"]),
        ([], ["jane", "joe"]),
    ],
)
def test_recipients_narrow_what_is_cancelled(
    api: httpx.Client, knock: KnockFake, recipients: object, left: list[str]
) -> None:
    trigger(api, "jane", "joe")
    cancelled = api.post(CANCEL, json={"cancellation_key": "k", "recipients": recipients})
    assert cancelled.status_code == 204
    assert reached(knock) == left


def test_only_runs_of_this_workflow_and_this_key_are_cancelled(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane")
    trigger(api, "joe", key="K")
    trigger(api, "kim", key=None)
    trigger(api, "lee", workflow="other")
    api.post(CANCEL, json={"cancellation_key": "k"})
    assert reached(knock) == ["joe", "kim", "lee"]


def test_every_trigger_under_the_key_is_cancelled_and_later_ones_are_not(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane")
    trigger(api, "jane")
    api.post(CANCEL, json={"cancellation_key": "k"})
    trigger(api, "jane")
    assert reached(knock) == ["jane"]


@pytest.mark.parametrize("key", ["k", "unknown"])
def test_cancelling_when_nothing_waits_is_fine(api: httpx.Client, knock: KnockFake, key: str) -> None:
    trigger(api, "jane")
    knock.clock.run_until_idle()
    assert api.post(CANCEL, json={"cancellation_key": key}).status_code == 204
    assert len(knock.state.messages) == 2


def test_what_waits_can_be_cancelled_after_its_workflow_was_switched_off(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane")
    knock.workflows.deactivate("later")
    assert api.post(CANCEL, json={"cancellation_key": "k"}).status_code == 204
    assert knock.clock.pending() == ()


def test_an_unknown_workflow_has_nothing_to_cancel(api: httpx.Client) -> None:
    refused = api.post("/v1/workflows/unknown/cancel", json={"cancellation_key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (404, "workflow_missing")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("cancellation_key", "is required", "required")),
        ({"cancellation_key": None}, ("cancellation_key", "must be a string, not null", "type")),
        ({"cancellation_key": ""}, ("cancellation_key", "must not be empty", "length")),
        (
            {"cancellation_key": "k", "recipients": ["x"] * 1001},
            ("recipients", "has more than 1000 entries", "length"),
        ),
        ({"cancellation_key": "k", "recipients": [{}]}, ("recipients.0.id", "is required", "required")),
        (
            {"cancellation_key": "k", "recipients": "jane"},
            ("recipients", "must be a list or null, not the string 'jane'", "type"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_refused_cancellation_names_the_field_and_cancels_nothing(
    api: httpx.Client, knock: KnockFake, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    trigger(api, "jane")
    refused = api.post(CANCEL, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]
    assert reached(knock) == ["jane"]
