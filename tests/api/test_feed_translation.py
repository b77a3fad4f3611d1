"""The feed's parameter ``locale``: translated items in another locale than the one they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

FEED = "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555"


@pytest.fixture(autouse=True)
def translations(knock: KnockFake) -> None:
    knock.translations.add("en", {"hello": "Hello {{ name }}", "go": "Go", "url": "https://e.com/en"})
    knock.translations.add("fr", {"hello": "Bonjour {{ name }}", "go": "Allez", "url": "https://e.com/fr"})


def trigger(knock: KnockFake, api: httpx.Client, body: str, **rest: object) -> None:
    knock.workflows.add("greet", steps=[in_app_feed(body, **rest)])  # type: ignore[arg-type]
    recipient = {"id": "jane", "name": "Jane", "locale": "en-GB"}
    api.post("/v1/workflows/greet/trigger", json={"recipients": [recipient], "data": {"n": 1}}).raise_for_status()


def blocks(api: httpx.Client, locale: str | None = None) -> list[JsonObject]:
    reply = api.get(FEED, params={} if locale is None else {"locale": locale})
    found: list[JsonObject] = reply.json()["entries"][0]["blocks"]
    return found


def test_an_item_is_shown_for_the_locale_that_is_asked_for(knock: KnockFake, api: httpx.Client) -> None:
    body = "**{{ 'hello' | t: name: recipient.name }}**"
    trigger(knock, api, body, action_url="{{ 'url' | t }}", buttons=[("{{ 'go' | t }}", "{{ 'url' | t }}")])
    for locale, hello, go, url in (
        (None, "Hello", "Go", "en"),
        ("fr-CA", "Bonjour", "Allez", "fr"),
        ("de", "Hello", "Go", "en"),
    ):
        shown, action_url, buttons = blocks(api, locale)
        assert shown["rendered"] == f"<p><strong>{hello} Jane</strong></p>"
        assert shown["content"] == body
        assert action_url["rendered"] == f"https://e.com/{url}"
        assert buttons["buttons"] == [{"name": "primary", "label": go, "action": f"https://e.com/{url}"}]


def test_an_item_keeps_the_variables_of_its_time(knock: KnockFake, api: httpx.Client) -> None:
    trigger(knock, api, "{{ 'hello' | t: name: recipient.name }} {{ data.n }}")
    api.put("/v1/users/jane", json={"name": "Janet"}).raise_for_status()
    assert blocks(api, "fr")[0]["rendered"] == "<p>Bonjour Jane 1</p>"


@pytest.mark.parametrize("body", ["{% t %}Hello, {{ recipient.name }}{% endt %}", "{% render 'greeting' %}"])
def test_the_tag_and_partials_are_translated_too(knock: KnockFake, api: httpx.Client, body: str) -> None:
    knock.translations.add("fr", {"Hello, {{ recipient.name }}": "Salut, {{ recipient.name }}"}, namespace="system")
    knock.partials.add("greeting", "{{ 'go' | t }}")
    trigger(knock, api, body)
    shown = {locale: blocks(api, locale)[0]["rendered"] for locale in ("fr", "en")}
    assert shown in (
        {"fr": "<p>Salut, Jane</p>", "en": "<p>Hello, Jane</p>"},
        {"fr": "<p>Allez</p>", "en": "<p>Go</p>"},
    )


def test_an_item_without_translations_stays_as_it_is(knock: KnockFake, api: httpx.Client) -> None:
    trigger(knock, api, "Hello {{ recipient.name }}")
    api.put("/v1/users/jane", json={"name": "Janet"}).raise_for_status()
    assert blocks(api, "fr")[0]["rendered"] == "<p>Hello Jane</p>"
    (item,) = knock.state.messages
    assert item.variables is None


def test_an_item_that_cannot_be_rendered_any_more_stays_as_it_is(knock: KnockFake, api: httpx.Client) -> None:
    trigger(knock, api, "{{ 'hello' | t: name: recipient.name }}")
    knock.translations.add("fr", {"hello": "{{ name | divided_by: 0 }}"})
    assert blocks(api, "fr")[0]["rendered"] == "<p>Hello Jane</p>"


def test_links_that_are_tracked_stay_tracked(knock: KnockFake, api: httpx.Client) -> None:
    trigger(knock, api, "{{ 'go' | t }} [there](https://e.com/x)", overrides={"link_tracking": True})
    english, french = (str(blocks(api, locale)[0]["rendered"]) for locale in (None, "fr"))
    assert "https://api.knock.app/_links/" in english
    assert french == english.replace("Go", "Allez")


def test_a_world_that_goes_back_forgets_later_translations(knock: KnockFake, api: httpx.Client) -> None:
    trigger(knock, api, "{{ 'go' | t }}")
    snapshot = knock.snapshot()
    knock.translations.add("fr", {"go": "Partez"})
    assert blocks(api, "fr")[0]["rendered"] == "<p>Partez</p>"
    knock.restore(snapshot)
    assert blocks(api, "fr")[0]["rendered"] == "<p>Allez</p>"
