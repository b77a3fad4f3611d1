from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from knock_fake import ExpectationError
from knock_fake.errors import UsageTypeError
from knock_fake.steps import email, in_app_feed

if TYPE_CHECKING:
    from knockapi import Knock

    from knock_fake import KnockFake


@pytest.fixture
def told(knock: KnockFake, knock_client: Knock) -> KnockFake:
    """A world in which two users and a project were told of something, one of them without an address."""
    knock.workflows.add("digest", steps=[in_app_feed("Hi"), email("Hi", "there")])
    knock_client.users.update("jane", name="Jane", email="jane@example.com", extra_body={"plan": {"tier": "pro"}})
    knock_client.users.update("joe", name="Joe")
    knock_client.objects.set("projects", "p1", name="Apollo")
    knock_client.workflows.trigger("digest", recipients=["jane", "joe"], data={"count": 2}, tenant="acme")
    return knock


def test_users_are_listed_counted_and_found(told: KnockFake) -> None:
    assert [one.id for one in told.users] == ["jane", "joe"]
    assert (len(told.users), told.users.count(name=re.compile("^J")), repr(told.users)) == (2, 2, "<2 users>")
    jane = told.users.one(properties={"plan": {"tier": "pro"}})
    assert (jane.id, jane.collection, jane.name, jane.email, jane.phone_number) == (
        "jane",
        "$users",
        "Jane",
        "jane@example.com",
        None,
    )
    assert told.users.last().id == "joe"
    told.users.none(name="Ann")


def test_objects_and_tenants_are_told_apart(told: KnockFake) -> None:
    assert [(one.collection, one.id) for one in told.objects] == [("projects", "p1")]
    assert [one.id for one in told.tenants.all()] == ["acme"]


def test_runs_tell_how_things_are_now(told: KnockFake) -> None:
    run = told.runs.one(recipient="jane")
    assert (run.workflow, run.recipient, run.tenant, run.status, run.source) == (
        "digest",
        "jane",
        "acme",
        "completed",
        "api",
    )
    assert (run.data, run.error_count, len(run.messages)) == ({"count": 2}, 0, 2)
    assert told.runs.all(events="step_skipped") == [told.runs.one(recipient="joe")]


def test_triggers_gather_their_runs(told: KnockFake) -> None:
    trigger = told.triggers.one(workflow="digest", recipients="joe")
    assert (trigger.recipients, trigger.tenant, trigger.data) == (("jane", "joe"), "acme", {"count": 2})
    assert [run.recipient for run in trigger.runs] == ["jane", "joe"]
    assert {run.workflow_run_id for run in trigger.runs} == {trigger.workflow_run_id}


def test_requests_are_decoded(told: KnockFake) -> None:
    request = told.requests.one(operation="workflows.trigger")
    assert (request.method, request.path, request.status) == ("POST", "/v1/workflows/digest/trigger", 200)
    assert request.body == {"recipients": ["jane", "joe"], "data": {"count": 2}, "tenant": "acme"}
    assert request.answer == {"workflow_run_id": told.triggers.one().workflow_run_id}


def test_one_shows_what_comes_nearest(told: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failure:
        told.users.one(name="Jane", email="jane@example.org")
    assert str(failure.value) == (
        "there is no user with name='Jane', email='jane@example.org'\n"
        "nearest:\n"
        "  user jane\n"
        "    email is 'jane@example.com', not 'jane@example.org'\n"
        "  user joe\n"
        "    name is 'Joe', not 'Jane'\n"
        "    email is None, not 'jane@example.org'"
    )


def test_one_among_several_lists_them(told: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failure:
        told.users.one()
    assert str(failure.value) == "there are 2 users, and one was expected:\n  user jane\n  user joe"


def test_none_shows_what_there_is(told: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failure:
        told.tenants.none(id="acme")
    assert str(failure.value) == "there is 1 tenant with id='acme', and none was expected:\n  tenant acme"


def test_last_of_nothing_is_an_error(knock: KnockFake) -> None:
    with pytest.raises(ExpectationError, match=r"^there is no trigger$"):
        knock.triggers.last()


def test_a_fact_that_nobody_knows_is_refused(told: KnockFake) -> None:
    with pytest.raises(UsageTypeError, match="a run cannot be asked for 'recipent'; did you mean 'recipient'"):
        told.runs.all(recipent="jane")


def test_the_article_is_that_of_the_noun(told: KnockFake) -> None:
    with pytest.raises(UsageTypeError, match=r"^an object cannot be asked for 'x'; "):
        told.objects.all(x=1)
    with pytest.raises(UsageTypeError, match=r"^a user cannot be asked for 'x'; "):
        told.users.all(x=1)


@pytest.mark.parametrize(
    ("noun", "guess", "remedy"),
    [
        ("messages", "user", "did you mean 'recipient'?"),
        ("messages", "user_id", "did you mean 'recipient'?"),
        ("messages", "channel_key", "did you mean 'channel'?"),
        ("runs", "user", "did you mean 'recipient'?"),
        ("triggers", "user_id", "did you mean 'recipients'?"),
        ("users", "user_id", "did you mean 'id'?"),
        (
            "messages",
            "zzz",
            "known: 'recipient', 'workflow', 'channel', 'status', 'data', 'id', 'actors'",
        ),
        (
            "requests",
            "zzz",
            "known: 'status', 'answer', 'at', 'body', 'faults', 'headers', 'hint'",
        ),
    ],
)
def test_a_first_guess_at_a_fact_leads_to_it(told: KnockFake, noun: str, guess: str, remedy: str) -> None:
    with pytest.raises(UsageTypeError) as refusal:
        getattr(told, noun).all(**{guess: "jane"})
    assert str(refusal.value).startswith(f"a {noun[:-1]} cannot be asked for {guess!r}; {remedy}")


def test_a_world_without_errors_passes(told: KnockFake) -> None:
    told.assert_no_errors()
    assert told.unimplemented == {}


def test_refused_calls_and_failed_runs_are_errors(told: KnockFake) -> None:
    client = told.client()
    with pytest.raises(Exception, match=r"workflow_missing|404"):
        client.workflows.trigger("digets", recipients=["jane"])
    client.workflows.trigger("digest", recipients=["ann"])
    with pytest.raises(ExpectationError) as failure:
        told.assert_no_errors()
    told_of = str(failure.value).splitlines()
    assert told_of[0] == "there were errors:"
    assert "POST /v1/workflows/digets/trigger -> 404" in told_of[1]
    assert told_of[2:] == [
        "  digest for ann: completed, 0 messages",
        (
            '    recipient missing: nobody identified ann: identify with users.update("ann", ...) or trigger with '
            '{"id": "ann", ...}'
        ),
    ]


def test_a_message_that_is_missed_says_why_it_was_not_sent(told: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failure:
        told.messages.one(recipient="joe", channel="email")
    assert str(failure.value).splitlines()[-4:] == [
        "why:",
        "  digest for joe: completed, 1 message",
        f"    in_app_feed_1 sent: in_app_feed message {told.messages.one(recipient='joe').id}",
        "    email_1 skipped: the channel needs recipient.email",
    ]


def test_where_no_workflow_has_run_a_missed_message_says_so(knock: KnockFake) -> None:
    with pytest.raises(ExpectationError) as failure:
        knock.messages.one(channel="email")
    assert str(failure.value).splitlines() == [
        "there is no message with channel='email'",
        "why:",
        "  no workflow has run",
    ]


def test_a_message_that_nothing_could_have_made_says_so(told: KnockFake) -> None:
    with pytest.raises(ExpectationError, match=r"why:\n  no workflow ran with recipient='ann'$"):
        told.messages.last(recipient="ann", status="sent")
    with pytest.raises(ExpectationError) as failure:
        told.messages.one(status="bounced")
    assert "why:" not in str(failure.value)
