from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.guides import Guide

CHANNEL = "77777777-7777-4777-8777-777777777777"
START = "2026-01-01T00:00:00.000000Z"
LATER = "2026-01-01T01:00:00.000000Z"
JANE = "/v1/users/jane/guides"
NOTHING = {"id": None, "seen_at": None, "read_at": None, "interacted_at": None, "link_clicked_at": None} | {
    "archived_at": None
}
STEPS: list[JsonObject] = [
    {"ref": "intro", "values": {"title": "Hi {{ recipient.name }}", "items": [1, "{{ data.spots }}"]}},
    {"ref": "outro", "schema_key": "card", "schema_semver": "1.2.3", "schema_variant_key": "wide"},
]


@pytest.fixture
def tour(knock: KnockFake, api: httpx.Client) -> Guide:
    """A guide of two steps, and a user to look at it."""
    api.put("/v1/users/jane", json={"name": "Jane", "plan": "pro"})
    return knock.guides.add("tour", steps=STEPS)


def shown(api: httpx.Client, user: str = "jane", **query: str) -> JsonObject:
    answer = api.get(f"/v1/users/{user}/guides/{CHANNEL}", params=query)
    assert answer.status_code == 200, answer.text
    guides: JsonObject = answer.json()
    return guides


def keys(guides: JsonObject) -> tuple[list[Json], list[Json]]:
    """The keys of the guides that are shown, and the reasons why others are not."""
    entries, ineligible = guides["entries"], guides["ineligible_guides"]
    assert isinstance(entries, list)
    assert isinstance(ineligible, list)
    return (
        [entry["key"] for entry in entries if isinstance(entry, dict)],
        [marker["reason"] for marker in ineligible if isinstance(marker, dict)],
    )


def messages_of(guides: JsonObject, place: int = 0) -> list[Json]:
    entries = guides["entries"]
    assert isinstance(entries, list)
    entry = entries[place]
    assert isinstance(entry, dict)
    steps = entry["steps"]
    assert isinstance(steps, list)
    return [step["message"] for step in steps if isinstance(step, dict)]


def body_of(guide: Guide, step: str = "intro", **more: object) -> dict[str, object]:
    return {"channel_id": CHANNEL, "guide_id": guide.id, "guide_key": guide.key, "guide_step_ref": step, **more}


def mark(api: httpx.Client, guide: Guide, how: str, step: str = "intro", **more: object) -> None:
    content = {"content": {"title": "Seen"}} if how == "seen" else {}
    answer = api.put(f"{JANE}/messages/{how}", json=body_of(guide, step, **content, **more))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"}), answer.text


# -- showing -----------------------------------------------------------------------------------------------


def test_a_guide_shows_everything_known_of_it(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    knock.guides.throttle("1h")
    assert shown(api, data='{"spots": 8}') == {
        "entries": [
            {
                "__typename": "Guide",
                "id": tour.id,
                "key": "tour",
                "type": "tour",
                "semver": "0.0.1",
                "active": True,
                "channel_id": CHANNEL,
                "steps": [
                    {
                        "ref": "intro",
                        "schema_key": "tour",
                        "schema_semver": "0.0.1",
                        "schema_variant_key": "default",
                        "content": {"title": "Hi Jane", "items": [1, "8"]},
                        "message": NOTHING,
                    },
                    {
                        "ref": "outro",
                        "schema_key": "card",
                        "schema_semver": "1.2.3",
                        "schema_variant_key": "wide",
                        "content": {},
                        "message": NOTHING,
                    },
                ],
                "activation_url_rules": [],
                "activation_url_patterns": [],
                "bypass_global_group_limit": False,
                "dashboard_url": "https://dashboard.knock.app/~/guides/tour",
                "inserted_at": START,
                "updated_at": START,
            }
        ],
        "guide_groups": [
            {
                "__typename": "GuideGroup",
                "key": "default",
                "display_sequence": ["tour"],
                "display_sequence_unthrottled": [],
                "display_sequence_throttled": ["tour"],
                "display_interval": 3600,
                "inserted_at": START,
                "updated_at": START,
            }
        ],
        "guide_group_display_logs": {},
        "ineligible_guides": [],
    }


def test_where_a_guide_shows_is_handed_to_the_client(knock: KnockFake, api: httpx.Client) -> None:
    rule: JsonObject = {"directive": "allow", "variable": "pathname", "operator": "contains", "argument": "/app"}
    patterns: list[JsonObject] = [
        {"directive": "allow", "pathname": "/app/*"},
        {"directive": "block", "pathname": "/app/x", "search": "a=b"},
    ]
    knock.guides.add("tour", STEPS, activation_url_rules=[rule], activation_url_patterns=patterns)
    (entry,) = api.get(f"{JANE}/{CHANNEL}").json()["entries"]
    assert (entry["activation_url_rules"], entry["activation_url_patterns"]) == ([rule], patterns)


def test_contents_see_the_tenant_and_the_variables(knock: KnockFake, api: httpx.Client) -> None:
    knock.variables.set("app", "Acme App", public=False)
    api.put("/v1/tenants/acme", json={"name": "Acme"})
    knock.guides.add("tour", [{"ref": "intro", "values": {"title": "{{ vars.app }} of {{ tenant.name }}"}}])
    titles = [
        api.get(f"{JANE}/{CHANNEL}", params=query).json()["entries"][0]["steps"][0]["content"]["title"]
        for query in ({"tenant": "acme"}, {"tenant": "unknown"}, {})
    ]
    assert titles == ["Acme App of Acme", "Acme App of ", "Acme App of "]


def test_a_user_whom_nobody_identified_sees_what_is_for_everybody(knock: KnockFake, api: httpx.Client) -> None:
    condition: JsonObject = {"variable": "recipient.plan", "operator": "equal_to", "argument": "pro"}
    knock.guides.add("for-all", STEPS)
    knock.guides.add("for-pros", STEPS, target_property_conditions=condition)
    assert keys(shown(api, user="stranger")) == (["for-all"], ["target_conditions_not_met"])


def test_content_that_cannot_be_rendered_is_empty_and_a_header_says_why(knock: KnockFake, api: httpx.Client) -> None:
    knock.guides.add("tour", [{"ref": "intro", "values": {"title": "{{ data.count | divided_by: 0 }}"}}])
    answer = api.get(f"{JANE}/{CHANNEL}", params={"data": '{"count": 1}'})
    assert answer.json()["entries"][0]["steps"][0]["content"] == {}
    hint = answer.headers["x-knock-fake-hint"]
    assert hint.startswith("the content of a guide is left empty: guide 'tour'.steps[0].values.title"), hint


def test_the_message_type_of_a_step_says_which_values_are_markdown(knock: KnockFake, api: httpx.Client) -> None:
    fields: list[JsonObject] = [
        {"type": "text", "key": "title", "label": "Title"},
        {"type": "markdown", "key": "body", "label": "Body"},
    ]
    knock.message_types.add("card", fields)
    values: JsonObject = {"title": "*Hi*", "body": "*Hi* {{ recipient.id }}"}
    variants = ("default", "unknown")
    knock.guides.add(
        "tour",
        steps=[
            {"ref": f"step-{variant}", "schema_key": "card", "schema_variant_key": variant, "values": values}
            for variant in variants
        ],
    )
    answer = api.get(f"{JANE}/{CHANNEL}").json()
    assert [step["content"] for step in answer["entries"][0]["steps"]] == [
        {"title": "*Hi*", "body": "<p><em>Hi</em> jane</p>"},
        {"title": "*Hi*", "body": "*Hi* jane"},
    ]


@pytest.mark.parametrize("channel", ["in-app-guide", "55555555-5555-4555-8555-555555555555"])
def test_only_guide_channels_have_guides(api: httpx.Client, channel: str) -> None:
    refused = api.get(f"{JANE}/{channel}")
    assert (refused.status_code, refused.json()["code"]) == (404, "channel_invalid")
    assert refused.headers["x-knock-fake-hint"] == f"the guide channel 'in-app-guide' has the id {CHANNEL}"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("[1]", "must be an object, not a list"),
        ("{", "must be an object, not the string '{'"),
        ('{"a":' * 110 + "1" + "}" * 110, "is nested too deeply"),
    ],
    ids=["a list", "no JSON", "too deep"],
)
def test_data_must_be_an_object_written_as_json(api: httpx.Client, data: str, error: str) -> None:
    refused = api.get(f"{JANE}/{CHANNEL}", params={"data": data})
    assert (refused.status_code, [(one["field"], one["message"]) for one in refused.json()["errors"]]) == (
        422,
        [("data", error)],
    )


def test_type_and_channel_narrow_the_guides(knock: KnockFake, api: httpx.Client) -> None:
    other = knock.channels.add("other-guides", type="in_app_guide")
    knock.guides.add("one", STEPS, type="banner")
    knock.guides.add("two", STEPS, type="card", active=False)
    knock.guides.add("three", STEPS, channel_key="other-guides")
    assert keys(shown(api, type="banner")) == (["one"], [])
    assert keys(shown(api, type="card")) == ([], ["guide_not_active"])
    assert keys(shown(api)) == (["one"], ["guide_not_active"])
    assert keys(api.get(f"{JANE}/{other.id}").json()) == (["three"], [])


# -- eligibility -------------------------------------------------------------------------------------------


def test_a_guide_that_is_switched_off_is_not_shown(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    knock.guides.deactivate(tour.key)
    assert shown(api)["ineligible_guides"] == [
        {
            "__typename": "GuideIneligibilityMarker",
            "key": "tour",
            "reason": "guide_not_active",
            "message": "The guide is switched off.",
        }
    ]
    knock.guides.activate(tour.key)
    assert keys(shown(api)) == (["tour"], [])


@pytest.mark.parametrize(
    ("condition", "query", "facts"),
    [
        (
            {"variable": "recipient.plan", "operator": "equal_to", "argument": "free"},
            {},
            'recipient.plan equal_to "free": recipient.plan is "pro"',
        ),
        (
            {"variable": "data.assets", "operator": "greater_than", "argument": "25"},
            {"data": '{"assets": 7}'},
            'data.assets greater_than "25": data.assets is 7',
        ),
        (
            {"variable": "tenant.id", "operator": "equal_to", "argument": "acme"},
            {"tenant": "globex"},
            'tenant.id equal_to "acme": tenant.id is not set',
        ),
    ],
    ids=["recipient", "data", "tenant"],
)
@pytest.mark.usefixtures("tour")
def test_target_conditions_decide_and_the_marker_tells_by_which_facts(
    knock: KnockFake, api: httpx.Client, condition: JsonObject, query: dict[str, str], facts: str
) -> None:
    knock.guides.add("tour", STEPS, target_property_conditions={"all": [condition]})
    guides = shown(api, **query)
    assert keys(guides) == ([], ["target_conditions_not_met"])
    (marker,) = guides["ineligible_guides"] if isinstance(guides["ineligible_guides"], list) else []
    assert isinstance(marker, dict)
    assert marker["message"] == f"The target conditions are not met. {facts}."


def test_target_conditions_that_are_met_show_the_guide(knock: KnockFake, api: httpx.Client) -> None:
    api.put("/v1/tenants/acme", json={"name": "Acme"})
    conditions: list[JsonObject] = [
        {"variable": "data.assets", "operator": "greater_than", "argument": "25"},
        {"variable": "tenant.name", "operator": "equal_to", "argument": "Acme"},
    ]
    knock.guides.add("tour", STEPS, target_property_conditions=conditions)
    assert keys(shown(api, tenant="acme", data='{"assets": 26}')) == (["tour"], [])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"tenant": "acme"}, None),
        ({}, "The user is not in the audience 'beta'."),
        ({"tenant": "globex"}, "The user is not in the audience 'beta' for the tenant 'globex'."),
    ],
)
@pytest.mark.usefixtures("tour")
def test_a_target_audience_must_hold_the_user_for_the_very_tenant(
    knock: KnockFake, api: httpx.Client, query: dict[str, str], message: str | None
) -> None:
    knock.audiences.add("beta")
    api.post("/v1/audiences/beta/members", json={"members": [{"user": {"id": "jane"}, "tenant": "acme"}]})
    knock.guides.add("tour", STEPS, target_audience_key="beta")
    markers = shown(api, **query)["ineligible_guides"]
    assert isinstance(markers, list)
    found = [marker["message"] for marker in markers if isinstance(marker, dict)]
    assert found == ([] if message is None else [message])


@pytest.mark.parametrize(("member", "expected"), [(True, ["tour"]), (False, [])])
def test_target_conditions_may_ask_for_membership(
    knock: KnockFake, api: httpx.Client, *, member: bool, expected: list[str]
) -> None:
    condition: JsonObject = {"variable": "recipient", "operator": "is_audience_member", "argument": "beta"}
    knock.audiences.add("beta")
    if member:
        api.post("/v1/audiences/beta/members", json={"members": [{"user": {"id": "jane"}}]})
    knock.guides.add("tour", STEPS, target_property_conditions=condition)
    assert keys(shown(api))[0] == expected


def test_force_all_guides_puts_the_ineligible_among_the_entries(
    knock: KnockFake, api: httpx.Client, tour: Guide
) -> None:
    knock.guides.deactivate(tour.key)
    knock.guides.add("card", STEPS)
    guides = shown(api, force_all_guides="true")
    assert keys(guides) == (["tour", "card"], ["guide_not_active"])
    entries = guides["entries"]
    assert isinstance(entries, list)
    assert [entry["active"] for entry in entries if isinstance(entry, dict)] == [False, True]


# -- turns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], ["urgent", "one", "two", "three"]),
        (["three"], ["urgent", "three", "one", "two"]),
        (["two", "one", "urgent"], ["urgent", "two", "one", "three"]),
    ],
)
def test_guides_take_turns_by_hand_then_by_age_and_those_without_throttle_come_first(
    knock: KnockFake, api: httpx.Client, order: Sequence[str], expected: list[str]
) -> None:
    for key in ("one", "two", "urgent", "three"):
        knock.guides.add(key, STEPS, bypass_global_group_limit=key == "urgent")
    knock.guides.order(*order)
    guides = shown(api)
    assert keys(guides)[0] == expected
    (group,) = guides["guide_groups"] if isinstance(guides["guide_groups"], list) else []
    assert isinstance(group, dict)
    sequences = [group[f"display_sequence{part}"] for part in ("", "_unthrottled", "_throttled")]
    assert sequences == [expected, ["urgent"], expected[1:]]


@pytest.mark.parametrize(
    ("bypass", "more", "logs"),
    [
        (False, {}, {"default": LATER}),
        (False, {"unthrottled": False}, {"default": LATER}),
        (False, {"unthrottled": True}, {}),
        (True, {}, {}),
    ],
)
@pytest.mark.usefixtures("tour")
def test_archiving_opens_the_throttle_window_unless_nothing_throttles_the_guide(
    knock: KnockFake, api: httpx.Client, bypass: bool, more: dict[str, bool], logs: dict[str, str]
) -> None:
    guide = knock.guides.add("tour", STEPS, bypass_global_group_limit=bypass)
    knock.clock.advance("1h")
    mark(api, guide, "seen")
    assert shown(api)["guide_group_display_logs"] == {}
    mark(api, guide, "archived", "intro", **more)
    assert shown(api)["guide_group_display_logs"] == logs
    assert shown(api, user="kim")["guide_group_display_logs"] == {}


# -- marks -------------------------------------------------------------------------------------------------


def test_the_first_mark_makes_the_message_of_its_step(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    knock.clock.advance("1h")
    mark(api, tour, "seen", tenant="acme", data={"spots": 8})
    (message,) = knock.state.messages
    told = api.get(f"/v1/messages/{message.id}").json()
    assert {key: told[key] for key in ("recipient", "tenant", "workflow", "status", "engagement_statuses", "data")} == {
        "recipient": "jane",
        "tenant": "acme",
        "workflow": None,
        "status": "delivered",
        "engagement_statuses": ["seen"],
        "data": {"spots": 8},
    }
    assert told["source"] == {
        "__typename": "NotificationSource",
        "key": "tour",
        "version_id": tour.version_id,
        "categories": [],
        "type": "guide",
        "step_ref": "intro",
        "workflow_run_id": None,
        "workflow_recipient_run_id": None,
    }
    assert (told["channel"]["type"], told["channel"]["provider"]) == ("in_app_guide", "in_app_guide_knock")
    assert api.get(f"/v1/messages/{message.id}/content").json()["data"] == {
        "__typename": "MessageInAppGuideContent",
        "content": {"title": "Seen"},
    }
    assert [event.type for event in message.events] == ["created", "delivered", "seen"]
    assert messages_of(shown(api, tenant="acme")) == [{**NOTHING, "id": message.id, "seen_at": LATER}, NOTHING]
    assert messages_of(shown(api)) == [NOTHING, NOTHING]
    assert [one["id"] for one in api.get("/v1/messages", params={"source": "tour"}).json()["items"]] == [message.id]


@pytest.mark.parametrize("how", ["interacted", "archived"])
def test_a_first_mark_without_content_keeps_what_the_step_renders_to(
    knock: KnockFake, api: httpx.Client, tour: Guide, how: str
) -> None:
    mark(api, tour, how)
    (message,) = knock.state.messages
    assert message.content["content"] == {"title": "Hi Jane", "items": [1, ""]}


def test_marks_of_one_step_share_a_message_and_interacting_reads_it(
    knock: KnockFake, api: httpx.Client, tour: Guide
) -> None:
    mark(api, tour, "seen")
    mark(api, tour, "interacted", metadata={"score": 8, "deep": {"a": [1]}})
    mark(api, tour, "archived", metadata={"not": "kept"})
    (message,) = knock.state.messages
    assert messages_of(shown(api))[0] == {
        "id": message.id,
        **dict.fromkeys(("seen_at", "read_at", "interacted_at", "archived_at"), START),
        "link_clicked_at": None,
    }
    assert [(event.type, event.data) for event in message.events[2:]] == [
        ("seen", None),
        ("interacted", {"score": 8, "deep": {"a": [1]}}),
        ("read", None),
        ("archived", None),
    ]


def test_a_guide_counts_as_archived_once_every_step_is(api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "archived", "intro")
    assert keys(shown(api)) == (["tour"], [])
    mark(api, tour, "archived", "outro")
    assert keys(shown(api)) == ([], ["marked_as_archived"])
    assert keys(shown(api, tenant="acme")) == (["tour"], [])
    assert keys(shown(api, user="kim")) == (["tour"], [])


def test_a_final_mark_archives_the_guide_as_a_whole(api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "archived", is_final=True)
    assert keys(shown(api)) == ([], ["marked_as_archived"])


def test_a_guide_archived_through_its_messages_is_archived(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    for step in ("intro", "outro"):
        mark(api, tour, "seen", step)
    for message in knock.state.messages:
        assert api.put(f"/v1/messages/{message.id}/archived").status_code == 200
    assert keys(shown(api)) == ([], ["marked_as_archived"])


def test_a_mark_may_name_the_message_in_its_path(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    first = api.put(f"{JANE}/messages/unknown/interacted", json=body_of(tour))
    assert (first.status_code, first.json()) == (200, {"status": "ok"})
    (message,) = knock.state.messages
    again = api.put(f"{JANE}/messages/{message.id}/archived", json=body_of(tour))
    assert again.status_code == 200
    assert message.engagements == {"interacted", "read", "archived"}


def test_a_message_in_the_path_must_be_the_one_of_the_step(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "seen")
    (message,) = knock.state.messages
    for step, named in (("intro", tour.id), ("outro", message.id)):
        refused = api.put(f"{JANE}/messages/{named}/archived", json=body_of(tour, step))
        assert (refused.status_code, refused.json()["code"]) == (404, "resource_missing")
    assert message.engagements == {"seen"}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (
            {"guide_id": "f5b5b3a0-1d3c-4b6e-8a3e-0123456789ab", "guide_step_ref": "intr"},
            {
                "guide_id": "must be the id of the guide tour: {id}",
                "guide_step_ref": "must be a step of the guide tour; did you mean 'intro'?",
            },
        ),
        ({"tenant": ""}, {"tenant": "must not be empty"}),
        ({"content": None}, {"content": "must be an object, not null"}),
        ({"guide_key": 1}, {"guide_key": "must be a string, not a number"}),
    ],
)
def test_a_mark_that_does_not_fit_is_refused_and_makes_no_message(
    knock: KnockFake, api: httpx.Client, tour: Guide, change: dict[str, object], errors: dict[str, str]
) -> None:
    refused = api.put(f"{JANE}/messages/seen", json={**body_of(tour, content={}), **change})
    assert refused.status_code == 422
    found = {one["field"]: one["message"] for one in refused.json()["errors"]}
    assert found == {field: message.format(id=tour.id) for field, message in errors.items()}
    assert len(knock.state.messages) == 0


@pytest.mark.parametrize(
    ("path", "change", "hint"),
    [
        (JANE, {"guide_key": "tuor"}, "there is no guide 'tuor'; did you mean 'tour'?"),
        (JANE, {"channel_id": "x"}, f"the guide channel 'in-app-guide' has the id {CHANNEL}"),
        (JANE, {"channel_id": "other-id"}, "there is no guide 'tour on channel other'"),
        ("/v1/users/nobody/guides", {}, "there is no user 'nobody'"),
    ],
)
def test_a_mark_of_what_is_unknown_is_refused(
    knock: KnockFake, api: httpx.Client, tour: Guide, path: str, change: dict[str, object], hint: str
) -> None:
    knock.channels.add("other", type="in_app_guide", id="other-id")
    refused = api.put(f"{path}/messages/archived", json={**body_of(tour), **change})
    assert (refused.status_code, refused.headers["x-knock-fake-hint"]) == (404, hint)
    assert len(knock.state.messages) == 0


# -- undo --------------------------------------------------------------------------------------------------


def test_unarchiving_shows_the_guide_again(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "archived", is_final=True)
    undone = api.request("DELETE", f"{JANE}/messages/archived", json={"guide_key": "tour"})
    assert (undone.status_code, undone.json()) == (200, {"status": "ok"})
    assert keys(shown(api)) == (["tour"], [])
    (message,) = knock.state.messages
    assert messages_of(shown(api))[0] == {**NOTHING, "id": message.id}
    assert [event.type for event in message.events] == ["created", "delivered", "archived", "unarchived"]


def test_resetting_forgets_the_engagement_and_the_next_mark_makes_a_new_message(
    knock: KnockFake, api: httpx.Client, tour: Guide
) -> None:
    mark(api, tour, "archived", is_final=True)
    reset = api.put(f"{JANE}/engagements/reset", json={"guide_key": "tour"})
    assert (reset.status_code, reset.json()) == (200, {"status": "ok"})
    assert messages_of(shown(api)) == [NOTHING, NOTHING]
    mark(api, tour, "seen")
    archived, seen = knock.state.messages
    assert messages_of(shown(api))[0] == {**NOTHING, "id": seen.id, "seen_at": START}
    assert archived.engagements == {"archived"}


@pytest.mark.parametrize(("method", "path"), [("DELETE", "messages/archived"), ("PUT", "engagements/reset")])
@pytest.mark.usefixtures("tour")
def test_undoing_is_per_tenant_and_what_was_never_done_is_undone(api: httpx.Client, method: str, path: str) -> None:
    tour_path = f"{JANE}/{path}"
    assert api.request(method, tour_path, json={"guide_key": "tour", "tenant": "acme"}).status_code == 200
    unknown = api.request(method, tour_path, json={"guide_key": "other"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "resource_missing")
    assert api.request(method, tour_path, json={}).status_code == 422
    assert keys(shown(api)) == (["tour"], [])


def test_undoing_for_one_tenant_leaves_the_others(api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "archived", is_final=True)
    for method, path in (("DELETE", "messages/archived"), ("PUT", "engagements/reset")):
        api.request(method, f"{JANE}/{path}", json={"guide_key": "tour", "tenant": "acme"})
    assert keys(shown(api)) == ([], ["marked_as_archived"])


# -- lives of users and guides -----------------------------------------------------------------------------


def test_a_deleted_user_has_done_nothing_with_guides(api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "archived", is_final=True)
    api.delete("/v1/users/jane")
    guides = shown(api)
    assert (keys(guides), guides["guide_group_display_logs"]) == ((["tour"], []), {})


def test_merging_takes_the_engagements_along_that_the_primary_lacks(
    knock: KnockFake, api: httpx.Client, tour: Guide
) -> None:
    card = knock.guides.add("card", STEPS)
    api.put("/v1/users/kim", json={})
    mark(api, tour, "archived", is_final=True)
    mark(api, card, "archived", is_final=True)
    api.put("/v1/users/kim/guides/messages/seen", json=body_of(card, content={}))
    api.post("/v1/users/kim/merge", json={"from_user_id": "jane"})
    guides = shown(api, user="kim")
    assert keys(guides) == (["card"], ["marked_as_archived"])
    assert guides["guide_group_display_logs"] == {"default": START}
    assert {message.recipient.id for message in knock.state.messages} == {"kim"}


def test_an_archive_outlives_its_messages_and_can_still_be_undone(
    knock: KnockFake, api: httpx.Client, tour: Guide
) -> None:
    api.put("/v1/users/kim", json={})
    mark(api, tour, "archived", is_final=True)
    knock.clock.advance("31d")
    api.post("/v1/users/kim/merge", json={"from_user_id": "jane"})
    assert (len(knock.state.messages), keys(shown(api, user="kim"))) == (0, ([], ["marked_as_archived"]))
    api.request("DELETE", "/v1/users/kim/guides/messages/archived", json={"guide_key": "tour"})
    assert keys(shown(api, user="kim")) == (["tour"], [])


def test_a_new_version_keeps_id_and_engagement(knock: KnockFake, api: httpx.Client, tour: Guide) -> None:
    mark(api, tour, "seen")
    knock.clock.advance("1h")
    knock.guides.add("tour", [{"ref": "intro", "values": {"title": "New"}}])
    (entry,) = api.get(f"{JANE}/{CHANNEL}").json()["entries"]
    found = {key: entry[key] for key in ("id", "semver", "inserted_at", "updated_at")}
    assert found == {"id": tour.id, "semver": "0.0.2", "inserted_at": START, "updated_at": LATER}
    assert entry["steps"][0]["content"] == {"title": "New"}
    assert entry["steps"][0]["message"]["seen_at"] == START


def test_two_worlds_of_one_seed_make_the_same_guides() -> None:
    made = [KnockFake(seed=3).guides.add("tour", STEPS) for _ in range(2)]
    assert len({(guide.id, guide.version_id) for guide in made}) == 1
    assert made[0].id != KnockFake(seed=4).guides.add("tour", STEPS).id
