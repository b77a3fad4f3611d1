"""Tracked links, open pixels and unsubscribing: what stands in messages, and what following it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client
from werkzeug.wrappers import Response

from knock_fake import KnockFake
from knock_fake.state.references import user
from knock_fake.steps import chat, email, in_app_feed, push, sms
from tests.delivery.sending import JANE, trigger

if TYPE_CHECKING:
    from knock_fake.asking.message import Message
    from knock_fake.json_types import JsonObject

TARGET = "https://shop.example.com/orders?id=7&x=%20y"
ON: JsonObject = {"link_tracking": True}
OFF: JsonObject = {"link_tracking": False}


def tracked(knock: KnockFake, step: JsonObject) -> Message:
    """Return a message of a step."""
    knock.workflows.add("tracked", steps=[step])
    return trigger(knock, "tracked")[-1]


def shown(api: httpx.Client, message: Message) -> str:
    return api.get(f"/v1/messages/{message.id}/content").raise_for_status().text


def types(message: Message) -> list[str]:
    return [event.type for event in message.events]


def the_link(text: str) -> str:
    (found,) = re.findall(r"https?://[^\s\"\\]+/_links/\w{10}", text)
    return str(found)


LETTER = f'<a href="{TARGET.replace("&", "&amp;")}">Order</a>'


@pytest.mark.parametrize(
    ("step", "events"),
    [
        (email("S", LETTER, overrides=ON), ["link_clicked"]),
        (chat(f"[Order]({TARGET})", overrides=ON), ["link_clicked", "read"]),
        (in_app_feed(f"[Order]({TARGET})", overrides=ON), ["link_clicked"]),
    ],
)
def test_following_a_tracked_link_redirects_and_counts(
    knock: KnockFake, api: httpx.Client, step: JsonObject, events: list[str]
) -> None:
    message = tracked(knock, step)
    before = len(message.events)
    assert message.links == (TARGET,)
    answer = httpx.Client(transport=knock.transport()).get(the_link(shown(api, message)))
    assert (answer.status_code, answer.headers["location"], answer.content) == (302, TARGET, b"")
    assert types(message)[before:] == events
    assert message.events[before].data == {"url": TARGET}
    assert api.get(f"/v1/messages/{message.id}").json()["link_clicked_at"] == "2026-01-01T00:00:00.000000Z"


def test_a_text_message_has_a_short_link_of_31_characters(knock: KnockFake) -> None:
    message = tracked(knock, sms(f"Your order: {TARGET}.", overrides=ON))
    body = str(message.content["body"])
    assert re.fullmatch(r"Your order: https://go\.knock\.app/\w{10}\.", body)
    link = body.split()[-1].rstrip(".")
    assert len(link) == 31
    answer = httpx.Client(transport=knock.transport()).get(link)
    assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
    assert message.engagements == {"link_clicked", "read"}


def test_both_hosts_are_intercepted_without_a_key() -> None:
    with KnockFake() as knock:
        message = tracked(knock, sms(f"{TARGET} and {TARGET}", overrides=ON))
        first, second = re.findall(r"https://\S+", str(message.content["body"]))
        assert first == second
        assert requests.get(first, allow_redirects=False, timeout=5).headers["location"] == TARGET
        letter = tracked(knock, email("S", LETTER, overrides=ON))
        assert httpx.get(the_link(str(letter.content["html_body"]))).headers["location"] == TARGET


def test_links_are_the_same_in_worlds_with_one_seed() -> None:
    first, second = (tracked(KnockFake(), sms(TARGET, overrides=ON)) for _ in range(2))
    assert first.content == second.content


def test_a_channel_tracks_by_its_settings_and_a_step_says_otherwise(knock: KnockFake) -> None:
    assert tracked(knock, email("S", LETTER)).links == ()
    knock.channels.configure("email", settings={"link_tracking": True})
    assert tracked(knock, email("S", LETTER)).links == (TARGET,)
    assert tracked(knock, email("S", LETTER, overrides=OFF)).links == ()


def test_a_link_works_when_its_message_is_gone_and_for_ever(knock: KnockFake) -> None:
    message = tracked(knock, email("S", LETTER, overrides=ON))
    link = the_link(str(message.content["html_body"]))
    client = httpx.Client(transport=knock.transport())
    knock.clock.advance("60d")
    assert client.get(link).status_code == 302
    assert message.engagements == {"link_clicked"}
    knock.state.forget(user("jane"))
    assert client.get(link).headers["location"] == TARGET


def test_each_open_of_an_email_counts_as_read_anew(knock: KnockFake, api: httpx.Client) -> None:
    message = tracked(knock, email("S", "<p>Hi</p>", overrides={"open_tracking": True}))
    (pixel,) = re.findall(r'src=\\"(https://[^"\\]+)', shown(api, message))
    client = httpx.Client(transport=knock.transport())
    for minutes in range(2):
        knock.clock.advance(minutes=minutes)
        answer = client.get(pixel)
        assert (answer.status_code, answer.headers["content-type"], answer.content[:6]) == (200, "image/gif", b"GIF89a")
    assert types(message)[-2:] == ["read", "read"]
    assert message.events[-1].at == knock.clock.now


def test_a_channel_tracks_opens_by_its_settings(knock: KnockFake) -> None:
    knock.channels.configure("email", settings={"open_tracking": True})
    assert "/_opens/" in str(tracked(knock, email("S", "Hi")).content["html_body"])
    silent = email("S", "Hi", overrides={"open_tracking": False})
    assert "/_opens/" not in str(tracked(knock, silent).content["html_body"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unsubscribing_from_commercial_messages_is_one_call(knock: KnockFake, api: httpx.Client, method: str) -> None:
    knock.workflows.add("offers", steps=[email("S", "Hi")], settings={"is_commercial": True})
    knock.workflows.add("receipt", steps=[email("S", "Hi")])
    prefers: JsonObject = {"default": {"channel_types": {"sms": False}}}
    (message,) = trigger(knock, "offers", {**JANE, "preferences": prefers})
    (log,) = api.get(f"/v1/messages/{message.id}/delivery_logs").json()["items"]
    headers = log["request"]["body"]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>")
    answer = httpx.Client(transport=knock.transport()).request(method, address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    stored = knock.state.preferences.of(user("jane"))["default"]
    assert stored == {"channel_types": {"sms": False}, "commercial_subscribed": False}
    assert trigger(knock, "offers", "jane", tenant="acme") == []
    assert len(trigger(knock, "receipt", "jane")) == 1


def test_the_address_of_unsubscribing_is_not_tracked(knock: KnockFake) -> None:
    letter = email("S", f'<a href="{{{{ vars.commercial_unsubscribe_url }}}}">No more</a>{LETTER}', overrides=ON)
    knock.workflows.add("offers", steps=[letter], settings={"is_commercial": True})
    (message,) = trigger(knock, "offers")
    assert message.links == (TARGET,)
    assert 'href="https://api.knock.app/_unsubscribe/$users/jane"' in str(message.content["html_body"])


def test_only_commercial_emails_carry_the_headers(knock: KnockFake) -> None:
    knock.workflows.add("offers", steps=[sms("Hi")], settings={"is_commercial": True})
    (text,) = trigger(knock, "offers")
    assert text.channel.type == "sms"
    record = knock.state.messages.get(text.id)
    assert record is not None
    assert record.options.headers is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_links/0123456789", 404),
        ("GET", "/_links/", 404),
        ("POST", "/_links/0123456789", 405),
        ("GET", "/_opens/nothing.gif", 404),
        ("GET", "/_unsubscribe/$users/nobody", 404),
        ("GET", "/_unsubscribe/", 404),
        ("DELETE", "/_unsubscribe/$users/nobody", 405),
        ("GET", "/_nothing", 404),
    ],
)
def test_what_stands_in_no_message_is_not_found(knock: KnockFake, method: str, path: str, status: int) -> None:
    client = httpx.Client(transport=knock.transport(), base_url="https://api.knock.app")
    answer = client.request(method, path)
    assert (answer.status_code, "x-knock-fake-hint" in answer.headers) == (status, True)


def test_an_email_without_a_pixel_cannot_be_opened_by_guessing(knock: KnockFake) -> None:
    message = tracked(knock, email("S", "Hi"))
    client = httpx.Client(transport=knock.transport())
    assert client.get(f"https://api.knock.app/_opens/{message.id}.gif").status_code == 404


# -- wherever the fake is reached --------------------------------------------------------------------------


def test_a_server_shows_links_that_lead_to_itself(knock: KnockFake) -> None:
    knock.channels.configure("in-app-feed", settings=ON)
    texting = tracked(knock, sms(TARGET, overrides=ON))
    item = tracked(knock, in_app_feed(f"[Order]({TARGET})"))
    with knock.serve() as server:
        headers = {"authorization": "Bearer sk_test_x"}
        for path in (
            f"/v1/messages/{texting.id}/content",
            f"/v1/messages/batch/content?message_ids[]={texting.id}",
            f"/v1/messages/{texting.id}/delivery_logs",
            f"/v1/messages/{item.id}/content",
            "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555",
        ):
            link = the_link(httpx.get(server.url + path, headers=headers, trust_env=False).text)
            assert link.startswith(f"{server.url}/_links/")
            assert httpx.get(link, trust_env=False).headers["location"] == TARGET


def test_below_a_mount_links_stay_below_it(knock: KnockFake) -> None:
    message = tracked(knock, sms(TARGET, overrides=ON))
    application = DispatcherMiddleware(Response("elsewhere", status=404), {"/knock": knock.wsgi_app()})
    client = Client(application)
    answer = client.get(
        f"/knock/v1/messages/{message.id}/content",
        base_url="https://test.example",
        headers={"authorization": "Bearer sk_x"},
    )
    link = the_link(answer.get_data(as_text=True))
    assert link.startswith("https://test.example/knock/_links/")
    assert client.get(link.removeprefix("https://test.example")).location == TARGET


def test_push_is_not_tracked(knock: KnockFake) -> None:
    message = tracked(knock, push("T", TARGET))
    assert (message.content["body"], message.links) == (TARGET, ())
