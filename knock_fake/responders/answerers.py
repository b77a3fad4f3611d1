"""Who answers for an endpoint of outbound webhooks, as far as that is known before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.responders.matching import HttpMatcher
from knock_fake.responders.turns import turn_after
from knock_fake.state.webhooks import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.responders.outside import Outside
    from knock_fake.responders.records import HttpRecord

NETWORK = "the network"

_REMEDY = "start the server with --allow-http URL / KnockFake(allow_http=[URL]) to ask it"


def application_of(record: HttpRecord) -> str | None:
    """Return the id of the endpoint whose application a responder is, ``None`` for any other responder."""
    return record.matcher.asker.webhook_id if isinstance(record.matcher, HttpMatcher) else None


def who_answers(records: Sequence[HttpRecord], outside: Outside | None, webhook_id: str, url: str) -> str:
    """Return in words who answers what an endpoint is told.

    Args:
        records: the responders to HTTP requests, oldest first.
        outside: the real endpoints that may be asked, ``None`` for none.
        webhook_id: the id of the endpoint.
        url: its URL.

    Returns:
        ``its application``, ``a responder``, ``the network``, or that it is nobody and what to do about it. Where a
        responder is for some requests alone, or answers only so often, it stands before whoever answers the others.
    """
    before = ""
    for record in reversed(records):
        if not _is_for(record, webhook_id, url):
            continue
        if not _is_choosy(record):
            return f"{before}{'a responder' if application_of(record) is None else 'its application'}"
        before = "a responder for some, else "
    if outside is not None and outside.allows(url):
        return before + NETWORK
    return f"{before}{NOBODY}: events are taken as on a good day; {_REMEDY}"


def _is_for(record: HttpRecord, webhook_id: str, url: str) -> bool:
    matcher = record.matcher
    if record.kind != "endpoint" or not isinstance(matcher, HttpMatcher) or not matcher.url.matches(url):
        return False
    is_left = turn_after(record.turns, record.uses) is not None
    return is_left and matcher.method in (None, "POST") and matcher.asker.webhook_id in (None, webhook_id)


def _is_choosy(record: HttpRecord) -> bool:
    matcher = record.matcher
    if not isinstance(matcher, HttpMatcher) or record.turns[-1].times is not None:
        return True
    asker = matcher.asker
    wanted = (matcher.query, matcher.body, asker.workflow, asker.step_ref, asker.when, asker.event)
    return any(one is not None for one in wanted)
