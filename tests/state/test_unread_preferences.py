"""Preference sets: which keys of them nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.unread_preferences import unread_keys, unread_sets

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

_TYPES = "'chat', 'email', 'http', 'in_app_feed', 'in_app_guide', 'push', 'sms'"
_CONDITIONS: JsonObject = {"conditions": [{"variable": "data.a", "operator": "exists"}]}


@pytest.mark.parametrize(
    ("preferences", "said"),
    [
        ({"channel_types": {"e_mail": True}}, ["channel_types.e_mail is read by nothing; did you mean 'email'?"]),
        ({"channel_types": {"qq": True}}, [f"channel_types.qq is read by nothing; known: {_TYPES}"]),
        ({"workflow": {}}, ["workflow is read by nothing; did you mean 'workflows'?"]),
        (
            {"categories": {"social": {"sms": False}}},
            ["categories.social.sms is read by nothing; known: 'channel_types', 'channels', 'conditions'"],
        ),
        (
            {"workflows": {"w": {"channel_types": {"mail": True, "sms": False}}}},
            ["workflows.w.channel_types.mail is read by nothing; did you mean 'email'?"],
        ),
        (
            {"channels": {"c1": {**_CONDITIONS, "subscribed": True}}},
            ["channels.c1.subscribed is read by nothing; known: 'conditions'"],
        ),
        (
            {"commercial_subscribed": {**_CONDITIONS, "extra": 1}},
            ["commercial_subscribed.extra is read by nothing; known: 'conditions'"],
        ),
        (
            {"a": 1, "b": 2},
            [
                f"{key} is read by nothing; known: 'categories', 'channel_types', 'channels', "
                "'commercial_subscribed', 'workflows'"
                for key in "ab"
            ],
        ),
    ],
)
def test_a_key_that_nothing_reads_is_named_with_its_place(preferences: JsonObject, said: list[str]) -> None:
    assert [*unread_keys(preferences)] == said


def test_whatever_knock_documents_is_read() -> None:
    setting: JsonObject = {"__strategy__": "replace", "channel_types": {"sms": False}, "channels": {"c1": _CONDITIONS}}
    preferences: JsonObject = {
        "id": "default",
        "__typename": "PreferenceSet",
        "__persistence_strategy__": "merge",
        "workflows": {"__strategy__": "merge", "w": setting, "v": True},
        "categories": {"anything at all": {"conditions": None}},
        "channel_types": {"__strategy__": "replace", "in_app_feed": True, "email": _CONDITIONS},
        "channels": None,
        "commercial_subscribed": _CONDITIONS,
    }
    assert [*unread_keys(preferences)] == []


def test_inline_preferences_without_the_id_of_a_set_are_named() -> None:
    foo = (
        "foo is read by nothing; known: 'categories', 'channel_types', 'channels', 'commercial_subscribed', 'workflows'"
    )
    assert [*unread_sets({"channel_types": {"email": False}, "acme": {"foo": 1}, "default": {"workflows": {}}})] == [
        "preference set 'channel_types': this is a section, not the id of a set; put it below one, such as 'default'",
        f"preference set 'acme': {foo}",
    ]
