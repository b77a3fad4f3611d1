"""Ten stories, ten lines each: what people test about their notifications."""

from knock_fake.conditions import equal_to, message_is_not
from knock_fake.steps import (
    batch,
    branch,
    cohort,
    delay,
    email,
    experiment,
    in_app_feed,
    otherwise,
    send_window,
    sms,
    throttle,
    when,
)


def test_comments_come_as_one_digest(knock, knock_client):
    knock.workflows.add(
        "comments", steps=[batch("1h", key="page"), email("{{ total_activities }} comments on {{ page }}", "...")]
    )
    for author in ("ann", "bob", "cid"):
        jane = {"id": "jane", "email": "jane@example.com"}
        knock_client.workflows.trigger(
            "comments", recipients=[jane], actor={"id": author, "name": author}, data={"page": "7"}
        )
        knock.clock.advance("10m")
    knock.messages.none()
    knock.clock.advance("1h")
    assert knock.messages.one(recipient="jane").content["subject_line"] == "3 comments on 7"


def test_a_reminder_is_cancelled_when_they_act(knock, knock_client):
    knock.workflows.add("sign", steps=[delay("3d"), email("Please sign", "...")])
    jane = {"id": "jane", "email": "jane@example.com"}
    knock_client.workflows.trigger("sign", recipients=[jane], cancellation_key="contract-1")
    knock.clock.advance("2d")
    knock_client.workflows.cancel("sign", cancellation_key="contract-1")
    knock.clock.advance("30d")
    knock.messages.none()
    assert knock.runs.one(workflow="sign").status == "cancelled"


def test_quiet_hours_last_until_nine_in_their_time_zone(knock, knock_client):
    knock.workflows.add("news", steps=[sms("News", send_windows=send_window("09:00", "18:00"))])
    jane = {"id": "jane", "phone_number": "+15550100", "timezone": "America/New_York"}
    knock_client.workflows.trigger("news", recipients=[jane])  # midnight UTC is seven in the evening in New York
    assert knock.messages.one().status == "queued"
    knock.clock.travel("2026-01-01T14:00:00Z")
    assert knock.messages.one().status == "delivered"


def test_opted_out_of_email_they_get_the_feed_alone(knock, knock_client):
    knock.workflows.add("digest", steps=[in_app_feed("Your week"), email("Your week", "...")])
    knock_client.users.update("jane", email="jane@example.com")
    knock_client.users.set_preferences("jane", "default", channel_types={"email": False})
    knock_client.workflows.trigger("digest", recipients=["jane"])
    assert knock.messages.one(recipient="jane").channel.type == "in_app_feed"
    assert "channel_types.email is false" in str(knock.explain(recipient="jane", workflow="digest"))


def test_an_alert_is_throttled(knock, knock_client):
    knock.workflows.add("alarm", steps=[throttle("1h", limit=2), in_app_feed("{{ data.disk }} is full")])
    for _ in range(5):
        knock_client.workflows.trigger("alarm", recipients=[{"id": "ops"}], data={"disk": "sda1"})
    assert knock.messages.count(recipient="ops") == 2
    knock.clock.advance("1h")
    knock_client.workflows.trigger("alarm", recipients=["ops"], data={"disk": "sda1"})
    assert knock.messages.count(recipient="ops") == 3


def test_the_plan_decides_the_branch(knock, knock_client):
    by_plan = branch(
        when(equal_to("recipient.plan", "pro"), [in_app_feed("Your manager will call")]),
        otherwise([in_app_feed("See our help pages")]),
    )
    knock.workflows.add("help", steps=[by_plan])
    knock_client.workflows.trigger("help", recipients=[{"id": "jane", "plan": "pro"}, {"id": "joe", "plan": "free"}])
    said = {message.recipient: message.content["blocks"][0]["content"] for message in knock.messages}
    assert said == {"jane": "Your manager will call", "joe": "See our help pages"}


def test_what_is_not_read_is_escalated(knock, knock_client):
    unread = message_is_not("feed", "read")
    knock.workflows.add(
        "invoice", steps=[in_app_feed("Pay", ref="feed"), delay("1d"), sms("Pay!", conditions={"all": [unread]})]
    )
    people = [{"id": name, "phone_number": "+15550100"} for name in ("jane", "joe")]
    knock_client.workflows.trigger("invoice", recipients=people)
    knock.messages.one(recipient="jane").read()
    knock.clock.advance("1d")
    knock.messages.none(recipient="jane", channel="sms")
    knock.messages.one(recipient="joe", channel="sms")


def test_every_tenant_has_its_branding(knock, knock_client):
    knock.workflows.add("hello", steps=[email("Hi", "<b style='color: {{ vars.branding.primary_color }}'>Hi</b>")])
    for tenant, colour in (("acme", "#ff0000"), ("umbrella", "#00ff00")):
        knock_client.tenants.set(tenant, settings={"branding": {"primary_color": colour}})
        jane = {"id": "jane", "email": "jane@example.com"}
        knock_client.workflows.trigger("hello", recipients=[jane], tenant=tenant)
    assert "#ff0000" in knock.messages.one(tenant="acme").content["html_body"]
    assert "#00ff00" in knock.messages.one(tenant="umbrella").content["html_body"]


def test_a_weekly_schedule_keeps_its_hour_across_a_daylight_saving_change(knock, knock_client):
    knock.clock.travel("2026-03-20T12:00:00Z")
    knock.workflows.add("weekly", steps=[in_app_feed("Your week")])
    jane = {"id": "jane", "timezone": "Europe/Berlin"}
    mondays = [{"frequency": "weekly", "days": ["mon"], "hours": 9}]
    knock_client.schedules.create(workflow="weekly", recipients=[jane], repeats=mondays)
    knock.clock.advance("14d")
    assert [message.inserted_at.hour for message in knock.messages] == [8, 7]  # UTC: the clocks go forward in between


def test_an_experiment_with_a_forced_cohort(knock, knock_client):
    halves = experiment(
        cohort(50, [in_app_feed("Buy now")], name="Loud"), cohort(50, [in_app_feed("Thanks")], name="Calm"), ref="tone"
    )
    knock.workflows.add("offer", steps=[halves])
    knock.cohorts.force("offer", "tone", "Calm", recipient="jane")
    knock_client.workflows.trigger("offer", recipients=[{"id": "jane"}])
    assert knock.messages.one(recipient="jane").content["blocks"][0]["content"] == "Thanks"
