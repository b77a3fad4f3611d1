"""The account's defaults: locale and time zone of recipients who have none."""

from __future__ import annotations

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.state.account import AccountDefaults, AccountStore
from knock_fake.steps import delay, in_app_feed


def test_an_account_begins_with_english_and_utc() -> None:
    assert AccountStore().defaults == AccountDefaults(locale="en", timezone="Etc/UTC")


def test_what_is_left_out_stays() -> None:
    account = AccountStore()
    account.set_defaults(locale="de")
    account.set_defaults(timezone="Europe/Berlin")
    assert account.defaults == AccountDefaults(locale="de", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"locale": "German!"}, UsageError, "account.set_defaults: 'German!' is no locale such as 'en' or 'pt-BR'"),
        (
            {"timezone": "Mars/Base"},
            UsageError,
            "account.set_defaults: unknown time zone 'Mars/Base'; use a name of the tz database such as Europe/Berlin",
        ),
        ({"locale": 1}, UsageTypeError, "account.set_defaults: locale must be text, not 1"),
    ],
)
def test_defaults_that_cannot_be_are_refused(arguments: dict[str, str], error: type[Exception], message: str) -> None:
    account = AccountStore()
    with pytest.raises(error) as refusal:
        account.set_defaults(**arguments)
    assert str(refusal.value) == message
    assert account.defaults == AccountDefaults()


def test_the_time_zone_of_the_account_is_that_of_recipients_without_one() -> None:
    knock = KnockFake(start="2026-01-01T00:00:00Z")
    knock.account.set_defaults(timezone="America/New_York")
    window = {"frequency": "daily", "hours": 9}
    knock.workflows.add("morning", steps=[delay(until="data.window"), in_app_feed("Good morning")])
    client = knock.client()
    client.workflows.trigger("morning", recipients=[{"id": "jane"}], data={"window": window})
    knock.clock.run_until_idle()
    assert [message.inserted_at for message in knock.state.messages] == [knock.clock.now]
    assert knock.clock.now.isoformat() == "2026-01-01T14:00:00+00:00"
