"""The inspector in a real browser."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from knock_fake import KnockFake
from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld, WorldsByKey
from knock_fake.skins.asgi import create_app
from knock_fake.skins.live import LiveServer, _Running
from knock_fake.skins.wall_clock import wall_clock
from knock_fake.steps import chat, delay, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knockapi.types import InlineIdentifyUserRequestParam
    from starlette.types import ASGIApp

    from knock_fake.json_types import JsonObject
    from tests.browser.webdriver import Browser

ROWS = "[...document.querySelectorAll('.rows strong')].map((one) => one.textContent)"
HTML = '<h1 id="head" style="color: rgb(1, 2, 3)">Welcome</h1><p>It is <a href="https://shop.test/1">shipped</a>.</p>'


@pytest.fixture
def page(knock: KnockFake) -> Iterator[str]:
    """The address of an inspector of the test's world, in which two workflows wait for their triggers."""
    knock.workflows.add("shipped", steps=[email("Order {{ data.order }} is shipped", HTML), in_app_feed("**Shipped**")])
    knock.workflows.add("later", steps=[delay("1h"), sms("Still there?")])
    with knock.serve() as server:
        yield f"{server.url}/"


def trigger(knock: KnockFake, workflow: str = "shipped", user: str = "jane", order: str = "A-1") -> None:
    recipient: InlineIdentifyUserRequestParam = {
        "id": user,
        "name": user.title(),
        "email": f"{user}@example.com",
        "phone_number": "+15550100",
    }
    knock.client().workflows.trigger(workflow, recipients=[recipient], data={"order": order})


def show(browser: Browser, page: str, fragment: str, expression: str) -> object:
    """Load the page at a view and wait until an expression is true; return its value."""
    browser.open("about:blank")  # a change behind the # alone would load nothing
    browser.open(f"{page}{fragment}")
    return browser.until(expression)


def test_messages_show_as_they_are_sent(browser: Browser, page: str, knock: KnockFake) -> None:
    told = "document.querySelector('.why')?.innerText"
    assert "no call of this world's has triggered anything" in str(show(browser, page, "", told))
    trigger(knock)
    assert browser.until(f"{ROWS}.length === 2 && {ROWS}") == ["Shipped", "Order A-1 is shipped"]
    trigger(knock, user="joe", order="B-2")
    assert browser.until(f"{ROWS}.length === 4 && {ROWS}[1]") == "Order B-2 is shipped"
    assert "joe shipped / email_1 delivered" in browser.text(".rows li:nth-child(2)").replace("\n", " ")
    assert browser.text("#tabs a[aria-current]").split() == ["Messages", "4"]
    assert browser.complaints() == []


def test_an_email_shows_as_it_is_seen_and_as_text(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    show(browser, page, "", f"{ROWS}.length === 2")
    browser.click(".rows li:nth-child(2) a")
    browser.until("document.querySelector('iframe')")
    assert browser.text(".chosen h2") == "Order A-1 is shipped"
    facts = browser.text(".content .facts").split("\n")
    assert facts[:4] == ["From", "notifications@example.com", "To", "jane@example.com"]
    with browser.inside("iframe"):
        assert browser.text("#head") == "Welcome"
        assert browser.run("return getComputedStyle(document.querySelector('#head')).color") == "rgb(1, 2, 3)"
    browser.click(".segments button:nth-child(2)")
    assert browser.text(".choice pre") == "Welcome\n\nIt is shipped (https://shop.test/1)."
    steps = browser.text(".after")
    assert "email_1 sent: email message" in steps
    assert "SendGrid" in steps


ATTACHED: JsonObject = {"name": "bill.pdf", "content_type": "application/pdf", "content": "JVBERi0xLjQ="}


def test_every_channel_shows_what_it_carries(browser: Browser, knock: KnockFake) -> None:
    push_channel, chat_channel = (
        next(one.id for one in knock.channels if one.type == type_) for type_ in ("push", "chat")
    )
    hook = webhook("https://hooks.test/in", headers={"x-a": "b"}, query_params={"q": "1"}, body='{"a": 1}')
    buttons = in_app_feed("Hi", buttons=[("Yes", "/yes"), ("No", "/no")])
    knock.workflows.add(
        "all", steps=[email("Hi", "Bill"), buttons, sms("Dear"), push("Ring", "ring"), chat("Psst"), hook]
    )
    jane = {
        "id": "jane",
        "email": "jane@example.com",
        "phone_number": "+15550100",
        "channel_data": {
            push_channel: {"tokens": ["token-1"]},
            chat_channel: {"connections": [{"incoming_webhook": {"url": "https://hooks.slack.test/x"}}]},
        },
    }
    body = {"recipients": [jane], "data": {"attachments": [ATTACHED]}}
    shown = {}
    with knock.serve() as server:
        headers = {"authorization": "Bearer sk_x"}
        httpx.post(f"{server.url}/v1/workflows/all/trigger", json=body, headers=headers, trust_env=False)
        for message in knock.messages.all(workflow="all"):
            show(browser, f"{server.url}/", f"#/messages/{message.id}", "document.querySelector('.kept .content')")
            shown[message.channel.type] = " ".join(browser.text(".content").split())
        show(
            browser,
            f"{server.url}/",
            f"#/messages/{knock.messages.one(channel='email', workflow='all').id}",
            "document.querySelector('a[download]')",
        )
        href = browser.run("return document.querySelector('a[download]').href")
    assert shown["email"].endswith("📎 bill.pdf application/pdf 8 bytes save")
    assert href == "data:application/octet-stream;base64,JVBERi0xLjQ="
    assert shown["in_app_feed"] == "Item Blocks JSON Yes /yes No /no"
    assert shown["sms"] == "To +15550100 Dear"
    assert shown["push"] == "Ring ring Token token-1 The notification as JSON"
    assert shown["chat"] == "Psst Connection and JSON"
    assert shown["http"] == 'POST https://hooks.test/in?q=1 x-a b { "a": 1 }'
    assert browser.complaints() == []


def test_a_link_of_an_email_opens_in_a_window_of_its_own(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    show(browser, page, f"#/messages/{knock.messages.one(channel='email').id}", "document.querySelector('iframe')")
    with browser.inside("iframe"):
        browser.click("a")
    assert browser.windows() == 2
    assert browser.run("return location.hash").startswith("#/messages/")


def test_what_is_open_stays_open_while_the_message_goes_on(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    message = knock.messages.one(channel="email")
    show(browser, page, f"#/messages/{message.id}", "document.querySelector('iframe')")
    browser.run("document.querySelector('iframe').marked = true; document.querySelector('.after details').open = true")
    browser.click(".verbs button:nth-child(2)")
    browser.until("document.querySelector('.before .chips').innerText.includes('read')")
    assert message.engagements == frozenset({"read"})
    assert browser.run("return document.activeElement.textContent") == "Read"
    assert browser.run("return document.querySelector('iframe').marked") is True
    assert browser.run("return document.querySelector('.after details').open") is True


def test_a_message_is_bounced_on_demand(browser: Browser, page: str, knock: KnockFake) -> None:
    knock.delivery.plan(statuses=["queued", "sent"], channel="email")
    trigger(knock)
    message = knock.messages.one(channel="email")
    show(browser, page, f"#/messages/{message.id}", "document.querySelector('.verbs')")
    browser.type(".verbs input", "mailbox full")
    browser.run("[...document.querySelectorAll('.verbs button')].find((one) => one.textContent === 'Bounce').click()")
    browser.until("document.querySelector('.before .chip.bad')?.textContent === 'bounced'")
    assert message.events[-1].data == {"failure_details": "mailbox full", "failure_reason": "invalid_recipient"}
    assert browser.text(".before .quiet") == "bounced is final: nothing more can become of it."


def test_a_run_that_sent_nothing_says_why(browser: Browser, page: str, knock: KnockFake) -> None:
    knock.client().users.set_preferences(user_id="jane", id="default", workflows={"shipped": False})
    trigger(knock)
    show(browser, page, "#/runs", f"{ROWS}.length === 1")
    assert "preference set `default`, workflows.shipped is false" in browser.text(".rows .reason")
    browser.click(".rows a")
    browser.until("document.querySelector('.chosen h2')")
    assert browser.text(".chosen h2") == "shipped for jane"
    assert browser.text("p.telling").startswith("It sent nothing")
    told = show(browser, page, "#/messages?workflow=shipped", "document.querySelector('.why ol')?.innerText")
    assert "workflows.shipped is false" in str(told)


def test_webhooks_that_did_not_arrive_are_told_with_the_run_and_the_message(
    browser: Browser, page: str, knock: KnockFake
) -> None:
    knock.webhooks.add("https://app.test/hooks", "message.sent")
    knock.responders.endpoint(status=503)
    trigger(knock)
    message = knock.messages.one(channel="email")
    for place in (f"#/messages/{message.id}", "#/runs"):
        show(browser, page, place, "document.querySelector('.rows a') || document.querySelector('.chosen h2')")
        if place == "#/runs":
            browser.click(".rows a")
        browser.until("document.querySelector('.chosen')?.innerText.includes('answered with 503')")
        assert "https://app.test/hooks" in browser.text(".chosen")


def test_time_is_moved_and_tells_what_happened(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock, "later")
    show(browser, page, "#/clock", "document.querySelector('.times')")
    assert browser.text(".chosen .times") == "01:00:00\nrun resumed: later for jane"
    browser.click(".chosen form button:nth-child(4)")
    browser.until("document.querySelector('.face').innerText.startsWith('2026-01-01 01:00:00')")
    assert knock.messages.one().channel.key == "sms"
    assert "message delivered: later/sms_1 to jane" in browser.text(".chosen")
    browser.type(".chosen form input", "1h30m\n")
    browser.until("document.querySelector('.face').innerText.startsWith('2026-01-01 02:30:00')")
    assert str(knock.clock.now) == "2026-01-01 02:30:00+00:00"


def test_a_clock_that_goes_on_by_itself_is_seen_to(browser: Browser) -> None:
    with KnockFake(time_source=wall_clock(None, 3600)).serve() as server:
        face = show(browser, f"{server.url}/", "#/clock", "document.querySelector('.face')?.innerText")
        browser.until(f"document.querySelector('.face').innerText !== {str(face)!r}")
        assert browser.text(".chosen .chips") == "goes on by itself"


def test_a_move_that_cannot_be_is_told(browser: Browser, page: str) -> None:
    show(browser, page, "#/clock", "document.querySelector('.face')")
    browser.type(".chosen form input", "soon\n")
    assert "soon" in str(browser.until("document.querySelector('#toast.bad')?.innerText"))


def test_the_world_is_reset_when_that_is_confirmed(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    show(browser, page, "#/clock", "document.querySelector('button.danger')")
    browser.click("section button.danger")
    assert len(knock.runs) == 1
    browser.click("dialog button.danger")
    browser.until("document.querySelector('#toast').innerText === 'The world is pristine.'")
    assert len(knock.runs) == 0


def test_filters_stand_in_the_address(browser: Browser, page: str, knock: KnockFake) -> None:
    for user in ("jane", "joe"):
        trigger(knock, user=user)
    show(browser, page, "", f"{ROWS}.length === 4")
    browser.type("input[name=recipient]", "JO")
    browser.until(f"{ROWS}.length === 2")
    browser.run(
        "const one = document.querySelector('[name=channel]'); one.value = 'email'; "
        "one.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    browser.until(f"{ROWS}.length === 1")
    assert browser.run("return location.hash") == "#/messages?recipient=JO&channel=email"
    show(browser, page, "#/messages?recipient=JO&channel=email", f"{ROWS}.length === 1")
    assert browser.run("return document.querySelector('[name=recipient]').value") == "JO"


OLDER = "document.querySelector('.more button')"


def test_older_ones_are_shown_down_to_the_very_first(browser: Browser, page: str, knock: KnockFake) -> None:
    knock.workflows.add("feed", steps=[in_app_feed("{{ recipient.id }}")])
    recipients: list[InlineIdentifyUserRequestParam] = [{"id": f"u{number}"} for number in range(760)]
    knock.client().workflows.trigger("feed", recipients=recipients)
    show(browser, page, "", f"{ROWS}.length === 50")
    for shown in (150, 350, 750, 760):
        browser.click(".more button")
        browser.until(f"{ROWS}.length === {shown}")
    titles = [f"u{number}" for number in reversed(range(760))]
    assert browser.run(f"return {ROWS}") == titles
    assert browser.run(f"return {OLDER} === null") is True
    knock.client().workflows.trigger("feed", recipients=[{"id": "new"}])
    assert browser.until(f"{ROWS}[0] === 'new' && {ROWS}.length") == 761


def test_a_list_that_has_not_looked_at_everything_says_so_and_goes_on(
    browser: Browser, page: str, knock: KnockFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knock_fake.control.newest.LOOKED_AT", 4)
    for user in ("old", "jane", "joe", "jim"):
        trigger(knock, user=user)
    why = "document.querySelector('.why')?.innerText"
    told = show(browser, page, "#/messages?recipient=old", why)
    assert told == "None of the newest ones fits. There are older ones."
    assert browser.text(".more button") == "Look further"
    browser.click(".more button")
    browser.until(f"{ROWS}.length === 2 && !document.querySelector('.why') && {OLDER} === null")
    assert browser.text(".rows .who") == "old"
    told = show(browser, page, "#/messages?recipient=nobody", why)
    assert str(told).startswith("None of the newest ones fits")
    browser.click(".more button")
    browser.until(f"{why}.startsWith('No message fits these filters.') && {OLDER} === null")


def test_it_is_used_from_the_keyboard(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    show(browser, page, "", f"{ROWS}.length === 2")
    browser.press("j")
    browser.until("document.querySelector('.chosen h2')?.innerText === 'Shipped'")
    browser.press("j")
    browser.until("document.querySelector('.chosen h2')?.innerText === 'Order A-1 is shipped'")
    browser.press("/")
    assert browser.run("return document.activeElement.name") == "text"
    browser.type("input[name=text]", "j")
    browser.press("\ue00c")
    browser.press("2")
    browser.until("document.title.startsWith('Runs')")


def test_calls_show_hint_and_fault(browser: Browser, page: str, knock: KnockFake) -> None:
    knock.faults.fail("users.get", status=503, times=1)
    with httpx.Client(base_url=page, headers={"authorization": "Bearer sk_x"}, trust_env=False) as client:
        client.get("/v1/users/jane")
        client.post("/v1/workflows/shiped/trigger", json={"recipients": ["jane"]})
    show(browser, page, "#/calls", f"{ROWS}.length === 2")
    assert browser.text(".rows li:nth-child(1) .reason") == "there is no workflow 'shiped': did you mean 'shipped'?"
    assert "503" in browser.text(".rows li:nth-child(2) .reason.error")
    browser.click(".rows a")
    assert '"code": "workflow_missing"' in str(
        browser.until("document.querySelector('.chosen section:last-child')?.innerText")
    )


def test_recipients_show_what_is_kept_of_them(browser: Browser, page: str, knock: KnockFake) -> None:
    trigger(knock)
    show(browser, page, "#/recipients/jane", "document.querySelector('.links')")
    assert '"email": "jane@example.com"' in browser.text(".chosen")
    browser.click(".links a:nth-child(2)")
    assert browser.until(f"document.title.startsWith('Messages') && {ROWS}.length === 1 && {ROWS}") == ["Shipped"]


# What runs tells the world, even where it may not touch the page.
EVIL = "document.title = 'owned'; new Image().src = '/v1/owned'; window.top.owned = 1"
HOSTILE = f"""<script>{EVIL}</script><img src="x" onerror="{EVIL}"><svg onload="{EVIL}"></svg>
<iframe srcdoc="&lt;script&gt;{EVIL}&lt;/script&gt;"></iframe><object data="javascript:{EVIL}"></object>
<meta http-equiv="refresh" content="0;url=javascript:{EVIL}"><base href="https://evil.test/">
<form id="form" action="/_fake/reset" method="post"><button id="send">Send</button></form>
<a id="link" href="javascript:{EVIL}">Click</a>
<a id="here" target="_self" href="javascript:{EVIL}">Here</a><a id="up" target="_top" href="/_fake/openapi">Up</a>"""


def test_a_hostile_message_runs_nothing(browser: Browser, knock: KnockFake) -> None:
    raw = "{{ data.evil }}"
    knock.workflows.add("evil", steps=[email(raw, raw), in_app_feed(raw), sms(raw)])
    recipient: InlineIdentifyUserRequestParam = {
        "id": "jane<img src=x onerror=alert(1)>",
        "name": HOSTILE,
        "email": "jane@example.com",
        "phone_number": "+1",
    }
    knock.client().workflows.trigger(
        "evil", recipients=[recipient], data={"evil": HOSTILE}, actor={"id": "<img src=x onerror=alert(1)>"}
    )
    with knock.serve() as server:
        for message in knock.messages:
            show(browser, f"{server.url}/", f"#/messages/{message.id}", "document.querySelector('.kept .content')")
            assert "window.top.owned" in browser.text(".chosen h2")
            for place in range(browser.run("return document.querySelectorAll('.segments button').length")):
                browser.click(f".segments button:nth-child({place + 1})")
        show(
            browser,
            f"{server.url}/",
            f"#/messages/{knock.messages.one(channel='email').id}",
            "document.querySelector('iframe')",
        )
        browser.click(".bar button")
        for target in ("link", "here", "up", "send"):
            with browser.inside(".frame iframe"):
                browser.click(f"#{target}")
        for fragment in (f"#/runs/{knock.runs.one().id}", "#/calls/1", "#/recipients", "#/clock"):
            show(browser, f"{server.url}/", fragment, "document.querySelector('.chosen h2, .rows a')")
        assert browser.run("return [window.owned ?? null, document.title]") == [None, "Clock · knock_fake inspector"]
        assert browser.windows() <= 2
    assert len(knock.runs) == 1
    assert [one.path for one in knock.requests.all() if "owned" in one.path or one.path.startswith("/_fake")] == []


def test_images_are_loaded_when_the_reader_asks_for_them(browser: Browser, knock: KnockFake) -> None:
    knock.channels.configure("email", settings={"open_tracking": True})
    knock.workflows.add("shipped", steps=[email("Hi", "<p>Hi</p>")])
    trigger(knock)
    with knock.serve() as server:
        message = knock.messages.one()
        show(browser, f"{server.url}/", f"#/messages/{message.id}", "document.querySelector('iframe')")
        browser.until("document.querySelector('.bar')")
        assert message.engagements == frozenset()
        browser.click(".bar button")
        browser.until("document.querySelector('.before .chips').innerText.includes('read')")
        assert message.engagements == frozenset({"read"})


def test_another_server_at_the_same_address_is_another_world(browser: Browser) -> None:
    def begin(user: str) -> KnockFake:
        world = KnockFake()
        world.client().users.update(user)
        return world

    with begin("jane").serve() as server:
        show(browser, f"{server.url}/", "#/recipients", f"{ROWS}[0] === 'jane'")
        browser.until("document.querySelector('#tabs a:nth-child(3) .count').innerText === '1'")
        port = server.port
    browser.until("document.querySelector('#problem').innerText.startsWith('The server does not answer')")
    with begin("joe").serve(port=port):
        browser.until(f"{ROWS}[0] === 'joe'")


def test_every_key_has_a_world_to_choose(browser: Browser) -> None:
    with LiveServer(ControlledServer(WorldsByKey(lambda: KnockFake(unknown_workflows="accept")))) as server:
        for key in ("a", "b"):
            headers = {"authorization": f"Bearer sk_{key}"}
            body = {"recipients": [{"id": f"user-{key}"}]}
            httpx.post(f"{server.url}/v1/workflows/hello/trigger", json=body, headers=headers, trust_env=False)
        show(browser, f"{server.url}/", "", "document.querySelector('.rows .who')?.textContent === 'user-b'")
        browser.run(
            "const one = document.querySelector('#tools select'); one.value = 'a'; "
            "one.dispatchEvent(new Event('change'))"
        )
        browser.until("document.querySelector('.rows .who')?.textContent === 'user-a'")


def test_the_control_token_is_asked_for(browser: Browser, knock: KnockFake) -> None:
    knock.workflows.add("shipped", steps=[in_app_feed("Shipped")])
    trigger(knock)
    with knock.serve(control_token="s3cret") as server:
        show(browser, f"{server.url}/", "", "document.querySelector('#problem input')")
        browser.type("#problem input", "s3cret\n")
        browser.until(f"{ROWS}.length === 1 && document.querySelector('#problem').hidden")


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    running = _Running.begin(app, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{running.port}"
    finally:
        running.end()


def test_it_works_below_a_prefix(browser: Browser, knock: KnockFake) -> None:
    knock.workflows.add("shipped", steps=[in_app_feed("Shipped")])
    trigger(knock)
    app = Starlette(routes=[Mount("/tools/knock", app=create_app(ControlledServer(OneWorld(knock))))])
    with serving(app) as url:
        show(browser, f"{url}/tools/knock", "", f"{ROWS}.length === 1")
        assert browser.text("footer code") == f"{url}/tools/knock"


def test_an_app_without_a_control_plane_says_so(browser: Browser, knock: KnockFake) -> None:
    with serving(knock.asgi_app()) as url:
        told = show(
            browser,
            f"{url}/",
            "",
            "!document.querySelector('#problem').hidden && document.querySelector('#problem').innerText",
        )
        assert str(told).startswith("This server has no control plane")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_every_view_fits_its_window_in_both_themes(
    browser: Browser, page: str, knock: KnockFake, scheme: str, width: int
) -> None:
    trigger(knock)
    trigger(knock, "later")
    browser.emulate(scheme)
    browser.resize(width, 800)
    fragments = [f"#/messages/{one.id}" for one in knock.messages]
    for fragment in (
        *fragments,
        "#/messages",
        f"#/runs/{knock.runs.all()[0].id}",
        "#/calls/1",
        "#/recipients/jane",
        "#/clock",
    ):
        show(browser, page, fragment, "document.querySelector('.chosen h2, .rows a')")
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), fragment
        light = browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 250)"
        assert light == (scheme == "light")
    assert browser.complaints() == []
