from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import jwt
import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.steps import email, in_app_feed

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

CONFIG = "/v1/users/jane/preference_center/config"
SIGNED_URL = "/v1/users/jane/preference_center/signed_url"
NO_MARKS: JsonObject = dict.fromkeys(("logo_url", "icon_url", "primary_color", "primary_color_contrast"))


def test_a_center_that_nobody_configured_is_on_and_empty(api: httpx.Client) -> None:
    read = api.get(CONFIG)
    assert (read.status_code, read.json()) == (
        200,
        {
            "enabled": True,
            "config": {
                "title": "Notification preferences",
                "body": "Choose what you want to hear about, and where.",
                "show_account_name": True,
                "rows": [],
            },
            "branding": {**NO_MARKS, "dark": NO_MARKS},
            "account_name": None,
            "user_email": "jane",
            "knock_branding_required": False,
        },
    )
    assert api.get("/v1/users").json()["entries"] == []


def test_its_rows_come_from_the_workflows(api: httpx.Client, knock: KnockFake) -> None:
    steps = [in_app_feed("Hi")]
    knock.workflows.add("comment", steps=steps, categories=["new-comments", "social"])
    knock.workflows.add("mention", steps=steps, categories=["social"])
    knock.workflows.add("digest", steps=[email("Hi", "Hi")], name="Weekly digest")
    knock.workflows.add("offer", steps=steps, categories=["marketing_mails"], settings={"is_commercial": True})
    knock.workflows.add("reset", steps=steps, categories=["security"], settings={"override_preferences": True})
    knock.workflows.add("retired", steps=steps, categories=["old"], active=False)
    assert api.get(CONFIG).json()["config"]["rows"] == [
        {"type": "category", "name": "New comments", "identifier": "new-comments", "channel_types": []},
        {"type": "category", "name": "Social", "identifier": "social", "channel_types": []},
        {"type": "category", "name": "Marketing mails", "identifier": "marketing_mails", "channel_types": []},
        {"type": "workflow", "name": "Weekly digest", "identifier": "digest", "channel_types": []},
        {"type": "commercial_subscribed", "name": "Commercial messages", "identifier": None},
    ]


@pytest.mark.parametrize("category", ["-", "_", "  "])
def test_a_category_without_a_word_in_it_is_its_own_name(api: httpx.Client, knock: KnockFake, category: str) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")], categories=[category])
    (row,) = api.get(CONFIG).json()["config"]["rows"]
    assert (row["name"], row["identifier"]) == (category, category)


@pytest.mark.parametrize(
    ("properties", "label"), [({"email": "jane@example.com"}, "jane@example.com"), ({"name": "Jane"}, "jane")]
)
def test_the_user_shows_with_the_email_else_with_the_id(api: httpx.Client, properties: JsonObject, label: str) -> None:
    api.put("/v1/users/jane", json=properties)
    assert api.get(CONFIG).json()["user_email"] == label


def test_what_is_configured_is_shown(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")], categories=["social"])
    rows: list[JsonObject] = [
        {"type": "category", "name": "News", "identifier": "news", "channel_types": ["email"], "description": "All"},
        {"type": "channel_types", "name": "Channels", "channel_types": ["email", "sms"]},
    ]
    branding: JsonObject = {"logo_url": "https://example.com/a.png", "dark": {"primary_color": "#FFF"}}
    knock.preference_center.configure(
        enabled=False,
        title="Title",
        body="Body",
        show_account_name=False,
        rows=tuple(rows),
        branding=branding,
        account_name="Acme",
        knock_branding_required=True,
    )
    assert api.get(CONFIG).json() == {
        "enabled": False,
        "config": {"title": "Title", "body": "Body", "show_account_name": False, "rows": rows},
        "branding": {
            **NO_MARKS,
            "logo_url": "https://example.com/a.png",
            "dark": {**NO_MARKS, "primary_color": "#FFF"},
        },
        "account_name": "Acme",
        "user_email": "jane",
        "knock_branding_required": True,
    }


def test_configuring_again_and_resetting_bring_the_defaults_back(api: httpx.Client, knock: KnockFake) -> None:
    pristine = api.get(CONFIG).json()
    knock.preference_center.configure(title="Title", rows=[])
    knock.preference_center.configure(account_name="Acme")
    assert api.get(CONFIG).json() == {**pristine, "account_name": "Acme"}
    knock.reset()
    assert api.get(CONFIG).json() == pristine


def test_no_rows_are_no_rows_whatever_the_workflows(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")], categories=["social"])
    knock.preference_center.configure(rows=[])
    assert api.get(CONFIG).json()["config"]["rows"] == []


def test_the_branding_comes_from_the_public_variable_under_what_is_configured(
    api: httpx.Client, knock: KnockFake
) -> None:
    knock.variables.set(
        "branding", {"primary_color": "#000", "icon_url": 5, "logo_url": "l", "dark_primary_color": "#FFF", "own": "x"}
    )
    knock.preference_center.configure(branding={"logo_url": "mine", "icon_url": None})
    assert api.get(CONFIG).json()["branding"] == {
        **NO_MARKS,
        "logo_url": "mine",
        "primary_color": "#000",
        "dark": {**NO_MARKS, "primary_color": "#FFF"},
    }


def test_a_secret_variable_brands_nothing(api: httpx.Client, knock: KnockFake) -> None:
    knock.variables.set("branding", {"primary_color": "#000"}, public=False)
    assert api.get(CONFIG).json()["branding"] == {**NO_MARKS, "dark": NO_MARKS}


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"enabled": "yes"}, UsageError, "enabled must be a boolean, not the string 'yes'"),
        ({"title": None}, UsageError, "title must be a string, not null"),
        ({"rows": [{"type": "category", "name": "News"}]}, UsageError, "rows.0.identifier is required"),
        (
            {"rows": [{"type": "channels", "name": "News"}]},
            UsageError,
            "rows.0.type must be one of workflow, channel, category, channel_types, commercial_subscribed",
        ),
        (
            {"rows": [{"type": "channel_types", "name": "All", "channel_types": ["fax"]}]},
            UsageError,
            (
                "rows.0.channel_types.0 must be one of email, in_app, in_app_feed, in_app_guide, "
                "sms, push, chat, http, log, deferred_log"
            ),
        ),
        ({"branding": {"logo": "x"}}, UsageError, "branding.logo is not a known key; did you mean 'logo_url'?"),
        ({"branding": []}, UsageError, "branding must be an object, not a list"),
        ({"rows": [object]}, UsageTypeError, "must be JSON: Type is not JSON serializable: type"),
    ],
)
def test_a_configuration_that_cannot_be_shown_is_refused_and_the_old_one_stays(
    api: httpx.Client, knock: KnockFake, arguments: dict[str, Json], kind: type[Exception], message: str
) -> None:
    knock.preference_center.configure(title="Old")
    with pytest.raises(kind) as caught:
        knock.preference_center.configure(**arguments)  # type: ignore[arg-type]
    assert str(caught.value) == f"preference_center.configure: {message}"
    assert api.get(CONFIG).json()["config"]["title"] == "Old"


# -- the signed address ------------------------------------------------------------------------------------


def test_a_signed_address_carries_a_token_that_a_test_can_verify(api: httpx.Client, knock: KnockFake) -> None:
    knock.clock.advance("1h")
    signed = api.post(SIGNED_URL)
    token = signed.json()["token"]
    assert (signed.status_code, signed.json()["url"]) == (200, f"https://p.knock.app/p/{token}")
    secret = knock.preference_center.signing_secret
    claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_iat": False})
    assert claims == {"sub": "jane", "env": knock._core.environment_id, "iat": 1767229200}
    assert jwt.get_unverified_header(token) == {"alg": "HS256"}


def test_worlds_with_one_seed_sign_alike_and_users_are_told_apart() -> None:
    def token(world: KnockFake, path: str = SIGNED_URL) -> object:
        headers = {"authorization": "Bearer sk_test_x"}
        root = "https://api.knock.app"
        with httpx.Client(transport=world.transport(), base_url=root, headers=headers, trust_env=False) as client:
            return client.post(path).json()["token"]

    assert token(KnockFake(seed=7)) == token(KnockFake(seed=7))
    assert token(KnockFake(seed=7)) != token(KnockFake(seed=8))
    assert token(KnockFake(), SIGNED_URL.replace("jane", "joe")) != token(KnockFake())


def test_a_publishable_key_may_read_the_page_and_sign_nothing(knock: KnockFake) -> None:
    headers = {"authorization": "Bearer pk_test_x"}
    transport, root = knock.transport(), "https://api.knock.app"
    with httpx.Client(transport=transport, base_url=root, headers=headers, trust_env=False) as browser:
        assert browser.get(CONFIG).status_code == 200
        refused = browser.post(SIGNED_URL)
    assert (refused.status_code, refused.json()["code"]) == (403, "incorrect_token_type")
