from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.call import Call
from knock_fake.state.references import Reference, user
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject

OWNERS = {"/v1/users/jane": user("jane"), "/v1/objects/projects/apollo": Reference("projects", "apollo")}
CONDITION: JsonObject = {"variable": "recipient.country", "operator": "equal_to", "argument": "US"}


@pytest.fixture(params=OWNERS)
def owner(request: pytest.FixtureRequest) -> str:
    """The path of a user, and that of an object: both have preferences alike."""
    path: str = request.param
    return path


def shown(set_id: str = "default", /, **sections: Json) -> JsonObject:
    empty = dict.fromkeys(("workflows", "categories", "channel_types", "channels", "commercial_subscribed"))
    return {"__typename": "PreferenceSet", "id": set_id, **empty, **sections}


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"], error["type"]) for error in answer.json()["errors"]]


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("set_id", ["default", "acme"])
def test_a_set_that_nobody_wrote_is_empty_and_reading_creates_nobody(
    api: httpx.Client, knock: KnockFake, owner: str, set_id: str
) -> None:
    read = api.get(f"{owner}/preferences/{set_id}")
    assert (read.status_code, read.json()) == (200, shown(set_id))
    assert api.get(f"{owner}/preferences").json() == []
    assert knock.state.recipients.get(OWNERS[owner]) is None


def test_the_list_has_the_stored_sets_without_defaults(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False}})
    api.put(f"{owner}/preferences/default", json={"workflows": {"digest": False}})
    api.put(f"{owner}/preferences/acme", json={"categories": {"news": True}})
    listed = api.get(f"{owner}/preferences").json()
    assert listed == [shown(workflows={"digest": False}), shown("acme", categories={"news": True})]


def test_a_set_is_read_over_the_defaults_of_its_tenant_and_of_the_environment(
    api: httpx.Client, knock: KnockFake, owner: str
) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False, "email": False, "push": False}})
    tenant_set: JsonObject = {"channel_types": {"email": True, "push": True}}
    api.put("/v1/tenants/acme", json={"settings": {"preference_set": tenant_set}})
    api.put(f"{owner}/preferences/acme", json={"channel_types": {"push": {"conditions": [CONDITION]}}})
    assert api.get(f"{owner}/preferences/acme").json() == shown(
        "acme", channel_types={"sms": False, "email": True, "push": {"conditions": [CONDITION]}}
    )
    assert api.get(f"{owner}/preferences/default").json() == shown(
        channel_types={"sms": False, "email": False, "push": False}
    )


def test_the_query_names_the_tenant_whose_defaults_a_set_is_read_over(api: httpx.Client, owner: str) -> None:
    api.put("/v1/tenants/acme", json={"settings": {"preference_set": {"channel_types": {"email": False}}}})
    api.put(f"{owner}/preferences/default", json={"channel_types": {"sms": False}})
    both: JsonObject = {"email": False, "sms": False}
    assert api.get(f"{owner}/preferences/default?tenant=acme").json() == shown(channel_types=both)
    assert api.get(f"{owner}/preferences/default?tenant=other").json() == shown(channel_types={"sms": False})
    assert api.get(f"{owner}/preferences/default").json() == shown(channel_types={"sms": False})


def test_a_tenant_that_is_called_default_lends_its_defaults_to_nobody(api: httpx.Client, owner: str) -> None:
    api.put("/v1/tenants/default", json={"settings": {"preference_set": {"channel_types": {"email": False}}}})
    assert api.get(f"{owner}/preferences/default").json() == shown()


def test_a_node_of_a_tenants_default_that_replaces_shows_its_marker(api: httpx.Client, owner: str) -> None:
    kept: JsonObject = {"__strategy__": "replace", "channel_types": {"email": False}}
    api.put("/v1/tenants/acme", json={"settings": {"preference_set": {"workflows": {"digest": kept}}}})
    api.put(f"{owner}/preferences/acme", json={"workflows": {"digest": True, "hello": True}})
    read = api.get(f"{owner}/preferences/acme").json()
    assert read == shown("acme", workflows={"digest": kept, "hello": True})
    assert api.get(f"{owner}/preferences").json() == [shown("acme", workflows={"digest": True, "hello": True})]


# -- writing ---------------------------------------------------------------------------------------------


def test_writing_replaces_the_whole_set_and_creates_its_owner(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    api.put(f"{owner}/preferences/default", json={"workflows": {"digest": False}, "commercial_subscribed": False})
    written = api.put(f"{owner}/preferences/default", json={"categories": {"news": False}, "workflows": None})
    assert (written.status_code, written.json()) == (200, shown(categories={"news": False}))
    assert api.get(f"{owner}/preferences/default").json() == written.json()
    assert api.get(owner).status_code == 200


def test_writing_preferences_leaves_the_owner_as_it_is(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    before = api.put(owner, json={"name": "Somebody"}).json()
    knock.clock.advance("1h")
    api.put(f"{owner}/preferences/default", json={"workflows": {"digest": False}})
    assert api.get(owner).json() == before


def test_with_the_merge_strategy_a_set_is_merged_in_depth(api: httpx.Client, owner: str) -> None:
    api.put(
        f"{owner}/preferences/default",
        json={"workflows": {"digest": {"channel_types": {"email": False}}}, "channel_types": {"sms": False}},
    )
    update: JsonObject = {
        "__persistence_strategy__": "merge",
        "workflows": {"digest": {"channel_types": {"push": {"conditions": [CONDITION]}}}, "hello": True},
        "channel_types": None,
        "commercial_subscribed": {"conditions": [CONDITION]},
    }
    merged = api.put(f"{owner}/preferences/default", json=update).json()
    assert merged == shown(
        workflows={
            "digest": {"channel_types": {"email": False, "push": {"conditions": [CONDITION]}}},
            "hello": True,
        },
        channel_types={"sms": False},
        commercial_subscribed={"conditions": [CONDITION]},
    )


def test_a_merge_is_with_what_is_stored_and_not_with_defaults(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False}})
    update = {"__persistence_strategy__": "merge", "channel_types": {"email": False}}
    assert api.put(f"{owner}/preferences/default", json=update).json() == shown(channel_types={"email": False})


def test_the_path_names_the_set_whatever_id_the_body_holds(api: httpx.Client, owner: str) -> None:
    written = api.put(f"{owner}/preferences/acme%20inc", json={"id": "other", "workflows": {"digest": True}})
    assert written.json() == shown("acme inc", workflows={"digest": True})


def test_a_set_that_was_read_can_be_written_back(api: httpx.Client, owner: str) -> None:
    written = api.put(f"{owner}/preferences/default", json={"channels": {"c": {"conditions": [CONDITION]}}}).json()
    assert api.put(f"{owner}/preferences/default", json=written).json() == written


def test_removing_a_set_leaves_the_others_and_can_be_repeated(api: httpx.Client, owner: str) -> None:
    for set_id in ("default", "acme"):
        api.put(f"{owner}/preferences/{set_id}", json={"workflows": {"digest": False}})
    removed = [api.delete(f"{owner}/preferences/default") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in removed] == [(204, b""), (204, b"")]
    assert api.get(f"{owner}/preferences").json() == [shown("acme", workflows={"digest": False})]


def test_who_has_no_set_any_more_weighs_nothing(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    api.put(f"{owner}/preferences/default", json={"workflows": {"digest": False}})
    api.delete(f"{owner}/preferences/default")
    assert knock.state.preferences._sets == {}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"workflows": {"digest": "no"}}, ("workflows.digest", "must be a boolean or an object, not the string 'no'")),
        ({"categories": []}, ("categories", "must be an object or null, not a list")),
        ({"channel_types": {"email": {}}}, ("channel_types.email.conditions", "is required")),
        ({"commercial_subscribed": 1}, ("commercial_subscribed", "must be a boolean, an object or null, not a number")),
        (
            {"channels": {"c": {"conditions": [{"variable": "a", "operator": "exists"}, {"operator": "exists"}]}}},
            ("channels.c.conditions.1.variable", "is required"),
        ),
        (
            {"__persistence_strategy__": "overwrite"},
            ("__persistence_strategy__", "must be one of merge, replace, null"),
        ),
    ],
)
def test_what_is_no_preference_set_is_refused_by_name_and_changes_nothing(
    api: httpx.Client, knock: KnockFake, owner: str, body: JsonObject, error: tuple[str, str]
) -> None:
    refused = api.put(f"{owner}/preferences/default", json=body)
    assert [found[:2] for found in errors(refused)] == [error]
    assert (knock.state.recipients.get(OWNERS[owner]), api.get(f"{owner}/preferences").json()) == (None, [])


@pytest.mark.parametrize("path", ["preferences/default", "preferences/default/workflows/digest"])
def test_a_user_who_cannot_exist_gets_no_preferences(api: httpx.Client, path: str) -> None:
    refused = api.put(f"/v1/users/a%2Fb/{path}", json={"subscribed": False})
    assert errors(refused) == [("id", "must not contain '/' or '#'", "format")]


def test_users_are_no_objects(api: httpx.Client) -> None:
    refused = api.put("/v1/objects/$users/jane/preferences/default", json={})
    assert [field for field, _, _ in errors(refused)] == ["collection"]


# -- the deprecated setters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "sent"),
    [
        ("workflows", {"digest": False, "hello": {"channel_types": {"email": True}, "conditions": [CONDITION]}}),
        ("categories", {"news": {"channels": {"c": False}}}),
        ("channel_types", {"sms": {"conditions": [CONDITION]}, "push": True}),
        ("workflows", {}),
    ],
)
def test_a_section_is_replaced_and_the_others_stay(
    api: httpx.Client, owner: str, section: str, sent: JsonObject
) -> None:
    before: JsonObject = {"workflows": {"a": True}, "categories": {"a": True}, "channel_types": {"email": True}}
    api.put(f"{owner}/preferences/default", json=before)
    written = api.put(f"{owner}/preferences/default/{section}", json=sent)
    assert (written.status_code, written.json()) == (200, shown(**{**before, section: sent}))
    assert api.get(f"{owner}/preferences").json() == [written.json()]


@pytest.mark.parametrize(
    ("path", "sent", "section", "stored"),
    [
        ("workflows/digest", {"subscribed": False}, "workflows", False),
        ("workflows/digest", {"subscribed": True}, "workflows", True),
        ("workflows/digest", {"channel_types": {"email": False}}, "workflows", {"channel_types": {"email": False}}),
        (
            "workflows/digest",
            {"subscribed": True, "channel_types": {"email": False}, "channels": None},
            "workflows",
            {"channel_types": {"email": False}},
        ),
        ("workflows/digest", {"subscribed": False, "channel_types": {"email": True}}, "workflows", False),
        ("categories/digest", {"conditions": [CONDITION]}, "categories", {"conditions": [CONDITION]}),
        ("categories/digest", {"subscribed": None, "conditions": []}, "categories", {"conditions": []}),
        ("channel_types/digest", {"subscribed": False}, "channel_types", False),
        ("channel_types/digest", {"conditions": [CONDITION]}, "channel_types", {"conditions": [CONDITION]}),
        ("channel_types/digest", {"subscribed": True, "channels": {"c": True}}, "channel_types", True),
    ],
)
def test_one_entry_is_set_and_its_neighbours_stay(
    api: httpx.Client, owner: str, path: str, sent: JsonObject, section: str, stored: Json
) -> None:
    before: JsonObject = {"workflows": {"a": True}, "categories": {"a": True}, "channel_types": {"a": True}}
    api.put(f"{owner}/preferences/default", json=before)
    written = api.put(f"{owner}/preferences/default/{path}", json=sent)
    assert (written.status_code, written.json()) == (200, shown(**{**before, section: {"a": True, "digest": stored}}))


@pytest.mark.parametrize("path", ["workflows", "workflows/digest"])
def test_a_setter_creates_its_owner_and_its_set(api: httpx.Client, owner: str, path: str) -> None:
    sent: JsonObject = {"digest": False} if path == "workflows" else {"subscribed": False}
    assert api.put(f"{owner}/preferences/acme/{path}", json=sent).json() == shown("acme", workflows={"digest": False})
    assert api.get(owner).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("workflows", {"digest": 1}, ("digest", "must be a boolean or an object, not a number", "type")),
        ("channel_types", {"email": {}}, ("email.conditions", "is required", "required")),
        ("workflows/digest", {}, ("subscribed", "is required", "required")),
        ("workflows/digest", {"conditions": None}, ("subscribed", "is required", "required")),
        ("categories/news", {"subscribed": None}, ("subscribed", "must be a boolean, not null", "type")),
        ("channel_types/email", {"channel_types": {}}, ("subscribed", "is required", "required")),
        (
            "workflows/__strategy__",
            {"subscribed": True},
            ("key", "must not be __strategy__, which is no key", "invalid"),
        ),
    ],
)
def test_a_setter_refuses_what_it_cannot_read_and_changes_nothing(
    api: httpx.Client, knock: KnockFake, owner: str, path: str, body: JsonObject, error: tuple[str, str, str]
) -> None:
    assert errors(api.put(f"{owner}/preferences/default/{path}", json=body)) == [error]
    assert knock.state.recipients.get(OWNERS[owner]) is None


# -- in bulk -----------------------------------------------------------------------------------------------


def test_a_set_is_replaced_for_many_users(api: httpx.Client, knock: KnockFake) -> None:
    api.put("/v1/users/jane/preferences/acme", json={"workflows": {"digest": True}})
    body = {
        "user_ids": ["jane", "joe"],
        "preferences": {"id": "acme", "categories": {"news": False}, "__persistence_strategy__": "merge"},
    }
    queued = api.post("/v1/users/bulk/preferences", json=body).json()
    done = api.get(queued["progress_path"]).json()
    assert (queued["name"], queued["status"], queued["estimated_total_rows"]) == ("users.set_preferences", "queued", 2)
    assert (done["status"], done["success_count"], done["error_count"]) == ("completed", 2, 0)
    for name in ("jane", "joe"):
        assert api.get(f"/v1/users/{name}/preferences").json() == [shown("acme", categories={"news": False})]
        assert api.get(f"/v1/users/{name}").status_code == 200


@pytest.mark.parametrize("named", [{}, {"id": None}])
def test_without_an_id_the_bulk_set_is_the_default_one(api: httpx.Client, named: JsonObject) -> None:
    api.post("/v1/users/bulk/preferences", json={"user_ids": ["jane"], "preferences": {**named, "workflows": {}}})
    assert api.get("/v1/users/jane/preferences").json() == [shown(workflows={})]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["user_ids", "preferences"]),
        ({"user_ids": [], "preferences": {}}, ["user_ids"]),
        ({"user_ids": ["jane"] * 1001, "preferences": {}}, ["user_ids"]),
        ({"user_ids": ["a/b"], "preferences": {}}, ["user_ids.0"]),
        ({"user_ids": ["jane"], "preferences": {"id": ""}}, ["preferences.id"]),
        ({"user_ids": ["jane"], "preferences": {"workflows": {"digest": 0}}}, ["preferences.workflows.digest"]),
    ],
)
def test_a_bulk_call_that_cannot_be_done_is_refused_as_a_whole(
    api: httpx.Client, body: JsonObject, fields: list[str]
) -> None:
    assert [field for field, _, _ in errors(api.post("/v1/users/bulk/preferences", json=body))] == fields
    assert api.get("/v1/users").json()["entries"] == []


# -- what they do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("default", {"workflows": {"hello": False}}),
        ("default/categories/social", {"subscribed": False}),
        ("default/channel_types", {"in_app_feed": False}),
        ("acme", {"workflows": {"hello": False}}),
    ],
)
def test_who_opts_out_gets_no_message_until_the_set_is_removed(
    api: httpx.Client, notify: Callable[..., list[str]], path: str, body: JsonObject
) -> None:
    api.put(f"/v1/users/jane/preferences/{path}", json=body)
    assert notify(tenant="acme") == []
    api.delete(f"/v1/users/jane/preferences/{path.partition('/')[0]}")
    assert len(notify(tenant="acme")) == 1


def test_a_publishable_key_may_call_what_browsers_call(knock: KnockFake) -> None:
    headers = {"authorization": "Bearer pk_test_x"}
    transport, root = knock.transport(), "https://api.knock.app/v1"
    with httpx.Client(transport=transport, base_url=root, headers=headers, trust_env=False) as browser:
        allowed = [
            browser.get("/users/jane/preferences"),
            browser.get("/users/jane/preferences/default"),
            browser.put("/users/jane/preferences/default", json={}),
            browser.put("/users/jane/preferences/default/workflows", json={}),
            browser.put("/users/jane/preferences/default/categories/news", json={"subscribed": True}),
        ]
        refused = [
            browser.delete("/users/jane/preferences/default"),
            browser.get("/objects/projects/apollo/preferences"),
            browser.put("/objects/projects/apollo/preferences/default/workflows", json={}),
            browser.post("/users/bulk/preferences", json={"user_ids": ["jane"], "preferences": {}}),
        ]
    assert {answer.status_code for answer in allowed} == {200}
    assert {answer.status_code for answer in refused} == {403}


# -- the environment's default -----------------------------------------------------------------------------


def test_the_environments_default_is_a_copy_and_a_reset_removes_it(knock: KnockFake) -> None:
    given: JsonObject = {"channel_types": {"sms": False}, "workflows": None}
    knock.preferences.set_default(given)
    given["channel_types"] = {}
    assert knock.preferences.default == {"channel_types": {"sms": False}}
    knock.reset()
    assert knock.preferences.default is None


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ([], UsageTypeError, "preferences.set_default: must be a dictionary, not list"),
        (
            {"workflow": {}},
            UsageError,
            "preferences.set_default: unknown key 'workflow'; did you mean 'workflows'?",
        ),
        (
            {"workflows": {"a": 1}, "channels": []},
            UsageError,
            (
                "preferences.set_default: workflows.a must be a boolean or an object, not a number; "
                "channels must be an object or null, not a list"
            ),
        ),
        (
            {"workflows": {"a": object}},
            UsageTypeError,
            "preferences.set_default: must be JSON: Type is not JSON serializable: type",
        ),
    ],
)
def test_a_default_that_is_no_preference_set_is_refused_and_the_old_one_stays(
    knock: KnockFake, given: JsonObject, kind: type[Exception], message: str
) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False}})
    with pytest.raises(kind) as caught:
        knock.preferences.set_default(given)
    assert str(caught.value) == message
    assert knock.preferences.default == {"channel_types": {"sms": False}}


# -- laws --------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["digest", "hello", "a.b"])
TYPES = st.dictionaries(st.sampled_from(["email", "sms"]), st.booleans() | st.just({"conditions": [CONDITION]}))
NODES = st.booleans() | st.fixed_dictionaries({}, optional={"channel_types": TYPES, "channels": TYPES})
SETS = st.fixed_dictionaries(
    {},
    optional={
        "workflows": st.none() | st.dictionaries(NAMES, NODES, max_size=2),
        "categories": st.none() | st.dictionaries(NAMES, NODES, max_size=2),
        "channel_types": st.none() | TYPES,
        "commercial_subscribed": st.none() | st.booleans(),
    },
)


def send(world: KnockFake, method: str, path: str, body: Json = None) -> Json:
    headers = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
    reply = world.handle(Call(method, path, "", headers, b"" if body is None else orjson.dumps(body)))
    assert reply.status == 200, reply
    decoded: Json = orjson.loads(reply.body)
    return decoded


@given(first=SETS, second=SETS)
def test_without_defaults_a_set_reads_as_it_was_written(first: JsonObject, second: JsonObject) -> None:
    world = KnockFake()
    path = "/v1/users/jane/preferences/default"
    send(world, "PUT", path, first)
    written = send(world, "PUT", path, second)
    assert written == shown(**second) == send(world, "GET", path)


@given(default=SETS, own=SETS)
def test_reading_never_changes_what_is_stored(default: JsonObject, own: JsonObject) -> None:
    world = KnockFake()
    world.preferences.set_default(default)
    path = "/v1/objects/projects/apollo/preferences"
    written = send(world, "PUT", f"{path}/acme", own)
    assert send(world, "GET", f"{path}/acme") == send(world, "GET", f"{path}/acme")
    assert send(world, "GET", path) == [written]
    assert world.preferences.default == {key: value for key, value in default.items() if value is not None}


# -- what nothing reads ----------------------------------------------------------------------------------

UNREAD: JsonObject = {"channel_types": {"e_mail": False}}
SAID = "channel_types.e_mail is read by nothing; did you mean 'email'?"
HELD = "preference set 'default': " + SAID
NO_SET = "preference set 'channel_types': this is a section, not the id of a set; put it below one, such as 'default'"


@pytest.mark.parametrize(
    ("method", "path", "body", "hint"),
    [
        ("PUT", "/users/jane/preferences/default", UNREAD, HELD),
        ("PUT", "/users/jane/preferences/acme", {**UNREAD, "foo": 1}, None),
        ("PUT", "/objects/projects/p1/preferences/default/channel_types", UNREAD["channel_types"], HELD),
        ("PUT", "/users/jane/preferences/default/channel_types/e_mail", {"subscribed": False}, HELD),
        ("PUT", "/users/jane/preferences/default/workflows/w", UNREAD, HELD.replace("channel", "workflows.w.channel")),
        ("POST", "/users/bulk/preferences", {"user_ids": ["jane", "joe"], "preferences": UNREAD}, HELD),
        ("PUT", "/users/jane", {"preferences": UNREAD}, NO_SET),
        ("PUT", "/objects/projects/p1", {"preferences": {"default": UNREAD}}, HELD),
        ("POST", "/users/bulk/identify", {"users": [{"id": "a", "preferences": {"default": UNREAD}}] * 2}, HELD),
        ("POST", "/workflows/hello/trigger", {"recipients": [{"id": "a", "preferences": {"default": UNREAD}}]}, HELD),
        ("PUT", "/tenants/acme", {"settings": {"preference_set": UNREAD}}, "settings.preference_set: " + SAID),
    ],
)
def test_what_nothing_reads_is_accepted_and_a_hint_says_so(
    api: httpx.Client, knock: KnockFake, method: str, path: str, body: Json, hint: str | None
) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    answer = api.request(method, f"/v1{path}", json=body)
    assert answer.status_code == 200, answer.text
    said = hint or (
        f"preference set 'acme': foo is read by nothing; known: 'categories', 'channel_types', 'channels', "
        f"'commercial_subscribed', 'workflows'; preference set 'acme': {SAID}"
    )
    assert answer.headers["x-knock-fake-hint"] == said
    assert [entry.hint for entry in knock.journal] == [said]
    assert "x-knock-fake-hint" not in api.get("/v1/users").headers


def test_a_default_set_with_a_key_that_nothing_reads_is_refused(knock: KnockFake) -> None:
    with pytest.raises(UsageError, match="^" + re.escape(f"preferences.set_default: {SAID}") + "$"):
        knock.preferences.set_default(UNREAD)
    assert knock.preferences.default is None
