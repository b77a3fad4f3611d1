"""What becomes of messages, on demand: statuses, failing providers, holding back, and what recipients do."""

from knock_fake.conditions import message_is
from knock_fake.steps import delay, email, in_app_feed, push, send_window, sms

JANE = {"id": "jane", "email": "jane@example.com", "phone_number": "+15550100"}
PUSH_CHANNEL = "33333333-3333-4333-8333-333333333333"


def test_a_mail_that_bounces_is_followed_by_a_text(knock, knock_client):
    knock.workflows.add(
        "receipt",
        steps=[
            email("Your receipt", "<p>Thanks</p>"),
            delay("1h"),
            sms("Thanks!", conditions=message_is("email_1", "bounced")),
        ],
    )
    knock.delivery.plan(channel="email", statuses=[("queued", 0), ("sent", "2s"), ("bounced", "1m", "mailbox full")])
    knock_client.workflows.trigger("receipt", recipients=[JANE])
    print(knock.clock.run_until_idle())
    assert knock.messages.one(channel="sms").status == "delivered"


def test_a_provider_is_down_for_a_while(knock, knock_client):
    knock.workflows.add("code", steps=[sms("Your code is {{ data.code }}")])
    knock.delivery.fail(channel="sms", attempts=2, response_status=503)
    knock_client.workflows.trigger("code", recipients=[JANE], data={"code": 7})
    text = knock.messages.one()
    assert text.status == "queued"  # the first attempt failed, the next one is due in five seconds
    knock.clock.advance("20s")
    assert [log.response_status for log in text.delivery_logs] == [503, 503, 200]
    assert text.status == "delivered"


def test_a_token_that_bounces_is_taken_away(knock, knock_client):
    knock.workflows.add("ping", steps=[push("Ping", "You there?")])
    knock.delivery.bounce(channel="push", reason="not registered")
    knock_client.workflows.trigger(
        "ping", recipients=[{"id": "jane", "channel_data": {PUSH_CHANNEL: {"tokens": ["old"]}}}]
    )
    assert knock.messages.one().status == "bounced"
    assert knock_client.users.get_channel_data("jane", PUSH_CHANNEL).data.tokens == []


def test_by_hand(knock, knock_client):
    knock.workflows.add("news", steps=[email("News", '<a href="https://example.com/news">Read</a>')])
    knock.channels.configure("email", settings={"link_tracking": True, "open_tracking": True})
    knock.delivery.hold()
    knock_client.workflows.trigger("news", recipients=[JANE])
    mail = knock.messages.one(status="queued")
    mail.deliver()
    mail.open().click("https://example.com/news")
    assert mail.engagements == {"read", "link_clicked"}


def test_at_night_a_message_waits_for_the_morning(knock, knock_client):
    office_hours = send_window("09:00", "17:00", days="weekdays")
    knock.workflows.add("reminder", steps=[in_app_feed("Do it", send_windows=office_hours)])
    knock_client.workflows.trigger("reminder", recipients=[{**JANE, "timezone": "Europe/Berlin"}])
    assert knock.messages.one().scheduled_at.isoformat() == "2026-01-01T08:00:00+00:00"
    knock.clock.advance("8h")
    assert knock.messages.one().see().status == "delivered"
