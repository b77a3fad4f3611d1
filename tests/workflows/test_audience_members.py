from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.references import USERS, Reference
from knock_fake.steps import in_app_feed
from knock_fake.workflows.audience_members import compile_segments, is_member, members_of
from knock_fake.workflows.content.fields import Fields

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

PRO: JsonObject = {"property": "recipient.plan", "operator": "equal_to", "argument": "pro"}
BIG: JsonObject = {"property": "recipient.seats", "operator": "greater_than", "argument": "10"}
TRIAL: JsonObject = {"property": "recipient.trial_ends", "operator": "is_timestamp_before_now"}


def define(knock: KnockFake, key: str, *segments: list[JsonObject]) -> None:
    listed: Json = [{"conditions": [*segment]} for segment in segments]
    conditions = compile_segments(Fields({"segments": listed}, f"audience {key!r}"))
    knock.state.audiences.define(key, None, conditions)


def members(knock: KnockFake, key: str) -> list[str]:
    audience = knock.audiences.get(key)
    assert audience is not None
    return [member.user.id for member in members_of(knock.state, knock.clock.now, audience)]


@pytest.fixture
def people(api: httpx.Client) -> None:
    """Three users, and an object that would fit as well."""
    api.put("/v1/users/ann", json={"plan": "pro", "seats": 5})
    api.put("/v1/users/bob", json={"plan": "free", "seats": 50, "trial_ends": "2026-01-02T00:00:00Z"})
    api.put("/v1/users/cyd", json={"plan": "pro", "seats": 50})
    api.put("/v1/objects/teams/t1", json={"plan": "pro", "seats": 50})


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("segments", "found"),
    [
        ([[PRO]], ["ann", "cyd"]),
        ([[PRO, BIG]], ["cyd"]),
        ([[PRO], [BIG]], ["ann", "bob", "cyd"]),
        ([[{"property": "recipient.name", "operator": "exists"}]], []),
        ([[TRIAL]], []),
    ],
)
def test_whoever_a_segment_fits_is_in_it(knock: KnockFake, segments: list[list[JsonObject]], found: list[str]) -> None:
    define(knock, "lively", *segments)
    assert members(knock, "lively") == found


@pytest.mark.usefixtures("people")
def test_members_change_with_their_properties_and_with_time(knock: KnockFake, api: httpx.Client) -> None:
    define(knock, "pro", [PRO])
    define(knock, "expired", [TRIAL])
    api.put("/v1/users/ann", json={"plan": "free"})
    knock.clock.advance("2d")
    assert (members(knock, "pro"), members(knock, "expired")) == (["cyd"], ["bob"])


@pytest.mark.usefixtures("people")
def test_a_dynamic_audience_knows_no_tenant_no_object_and_no_stranger(knock: KnockFake) -> None:
    define(knock, "pro", [PRO])
    ann, now = Reference(USERS, "ann"), knock.clock.now
    assert is_member(knock.state, now, "pro", ann, None)
    assert not is_member(knock.state, now, "pro", ann, "acme")
    assert not is_member(knock.state, now, "pro", Reference("teams", "t1"), None)
    assert not is_member(knock.state, now, "pro", Reference(USERS, "zoe"), None)
    assert not is_member(knock.state, now, "unknown", ann, None)


@pytest.mark.usefixtures("people")
def test_an_audience_can_ask_for_another(knock: KnockFake, api: httpx.Client) -> None:
    define(knock, "pro", [PRO])
    define(knock, "big-pro", [{"property": "recipient", "operator": "is_audience_member", "argument": "pro"}, BIG])
    define(knock, "beta-pro", [{"property": "recipient", "operator": "is_audience_member", "argument": "beta"}, PRO])
    knock.audiences.add("beta")
    api.post("/v1/audiences/beta/members", json={"members": [{"user": {"id": "ann"}}, {"user": {"id": "bob"}}]})
    assert (members(knock, "big-pro"), members(knock, "beta-pro")) == (["cyd"], ["ann"])


@pytest.mark.usefixtures("people")
def test_audiences_that_ask_for_themselves_are_empty(knock: KnockFake) -> None:
    for key, other in (("one", "two"), ("two", "one"), ("self", "self")):
        define(knock, key, [{"property": "recipient", "operator": "is_audience_member", "argument": other}])
    assert [members(knock, key) for key in ("one", "two", "self")] == [[], [], []]


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        (None, ".segments: a dynamic audience needs at least one segment"),
        ([], ".segments: a dynamic audience needs at least one segment"),
        ({}, ".segments: must be a list, not {}"),
        ([{}], ".segments[0].conditions: a segment needs at least one condition"),
        ([{"conditions": [PRO], "all": []}], ".segments[0]: unknown key 'all'; known: 'conditions'"),
        ([{"conditions": [{}]}], ".segments[0].conditions[0].property: is required"),
        (
            [{"conditions": [{**PRO, "property": "recipent.plan"}]}],
            ".segments[0].conditions[0].property: unknown root 'recipent'; did you mean 'recipient'?",
        ),
        (
            [{"conditions": [PRO, {**BIG, "operator": "greatr_than"}]}],
            ".segments[0].conditions[1].operator: 'greatr_than' is no operator: did you mean 'greater_than'?",
        ),
        (
            [{"conditions": [{**PRO, "value": 1}]}],
            ".segments[0].conditions[0]: unknown key 'value'; known: 'argument', 'operator', 'property'",
        ),
    ],
)
def test_malformed_segments_are_refused_by_place(segments: Json, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        compile_segments(Fields({"segments": segments}, "audience 'x'"))
    assert str(refused.value) == f"audience 'x'{problem}"


# -- over the API ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_a_dynamic_audience_is_listed_and_not_written_to(knock: KnockFake, api: httpx.Client) -> None:
    define(knock, "pro", [PRO])
    listed = api.get("/v1/audiences/pro/members").json()["entries"]
    assert [(one["user_id"], one["tenant"], one["added_at"]) for one in listed] == [
        ("ann", None, "2026-01-01T00:00:00.000000Z"),
        ("cyd", None, "2026-01-01T00:00:00.000000Z"),
    ]
    body = {"members": [{"user": {"id": "bob"}}]}
    problem = {
        "field": "key",
        "message": "names a dynamic audience, 'pro': its members are those that it fits",
        "type": "static",
    }
    for answer in (
        api.post("/v1/audiences/pro/members", json=body),
        api.post("/v1/audiences/pro/members", params={"create_audience": "true"}, json=body),
        api.request("DELETE", "/v1/audiences/pro/members", json=body),
    ):
        assert (answer.status_code, answer.json()["errors"]) == (422, [problem])
    assert members(knock, "pro") == ["ann", "cyd"]


@pytest.mark.usefixtures("people")
def test_conditions_of_steps_ask_dynamic_audiences(knock: KnockFake, api: httpx.Client) -> None:
    define(knock, "pro", [PRO])
    condition: JsonObject = {"variable": "recipient", "operator": "is_audience_member", "argument": "pro"}
    knock.workflows.add("hello", steps=[in_app_feed("Hi", conditions={"all": [condition]})])
    api.post("/v1/workflows/hello/trigger", json={"recipients": ["ann", "bob", "cyd"]})
    assert sorted(message.recipient.id for message in knock.state.messages) == ["ann", "cyd"]


@pytest.mark.usefixtures("people")
def test_guides_are_for_dynamic_audiences(knock: KnockFake, api: httpx.Client) -> None:
    define(knock, "pro", [PRO])
    guide = knock.guides.add("tour", steps=[{"ref": "step_1", "values": {}}], target_audience_key="pro")
    path = f"guides/{guide.definition.channel.id}"
    shown = [api.get(f"/v1/users/{user}/{path}").json()["entries"] for user in ("ann", "bob")]
    assert [[one["key"] for one in entries] for entries in shown] == [["tour"], []]
