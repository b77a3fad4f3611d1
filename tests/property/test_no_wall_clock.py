"""No answer depends on the machine's clock: the same calls at two frozen times are answered byte for byte alike."""

from __future__ import annotations

from freezegun import freeze_time

from knock_fake import KnockFake
from knock_fake.gateway.call import Call, Reply
from knock_fake.steps import delay, email, in_app_feed, push, sms

HEADERS = {"authorization": "Bearer sk_test", "content-type": "application/json"}
STORY = (
    Call(
        "PUT", "/v1/users/jane", "", HEADERS, b'{"name":"Jane","email":"jane@example.com","phone_number":"+15550100"}'
    ),
    Call("POST", "/v1/workflows/all-channels/trigger", "", HEADERS, b'{"recipients":["jane"],"actor":"jane"}'),
    Call("GET", "/v1/messages", "", HEADERS),
    Call("GET", "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555", "", HEADERS),
    Call("POST", "/v1/users/bulk/identify", "", HEADERS, b'{"users":[{"id":"bob"}]}'),
    Call("POST", "/v1/workflows/unknown/trigger", "", HEADERS, b'{"recipients":["jane"]}'),
)


def tell(story: tuple[Call, ...]) -> tuple[list[Reply], str]:
    world = KnockFake(start="2026-01-01")  # one that nobody has told the time would share the frozen one
    dated = "{{ 'now' | date: '%Y-%m-%d %H:%M' }} {{ 'today' | date: '%s' }}"
    steps = [in_app_feed(dated), sms(dated), delay("2h"), push("Now", dated), email(dated, dated)]
    world.workflows.add("all-channels", steps=steps)
    replies = [world.handle(call) for call in story]
    timeline = world.clock.run_until_idle()
    return [*replies, *(world.handle(call) for call in story)], str(timeline)


def test_the_same_calls_are_answered_alike_at_any_time_of_the_machine() -> None:
    with freeze_time("1999-12-31T23:59:59Z"):
        then = tell(STORY)
    with freeze_time("2031-07-04T12:00:00Z"):
        later = tell(STORY)
    assert then == later
    assert then[0][0].status == 200
