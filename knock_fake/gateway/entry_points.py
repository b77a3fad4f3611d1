"""The addresses in messages that lead to Knock itself: nobody needs a key to follow them.

They are called by whoever a message is for, as far as a test plays their part: a link redirects, a pixel loads,
unsubscribing is done by the very call, which mail programs make as RFC 8058 has it.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from knock_fake.delivery.engagement import engage, follow_link
from knock_fake.delivery.entry_urls import LINKS, OPENS, SHORT_ORIGIN, UNSUBSCRIBE
from knock_fake.errors import framework_error
from knock_fake.gateway.call import Reply
from knock_fake.state.preferences import DEFAULT_SET
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.core import Core
    from knock_fake.gateway.call import Call

_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def follow_entry(core: Core, call: Call) -> Reply | None:
    """Answer a call to such an address, ``None`` for every other call.

    Raises:
        ApiError: 404 for an address that stands in no message, 405 for another method.
    """
    path = call.path
    if call.origin == SHORT_ORIGIN:
        path = LINKS + path.lstrip("/")
    if not path.startswith("/_"):
        return None
    for prefix, methods, answer in _ENTRIES:
        if path.startswith(prefix):
            if call.method not in methods:
                listed = ", ".join(methods)
                raise framework_error(405, "Method Not Allowed", f"{prefix} takes {listed}", {"allow": listed})
            reply = answer(core, path.removeprefix(prefix))
            core.clock.settle()
            return reply
    return None


def _follow_link(core: Core, key: str) -> Reply:
    """Redirect to the address behind a link and note the click; the link outlives its message (our choice)."""
    link = core.state.tracked_links.get(key)
    if link is None:
        raise framework_error(404, "Not Found", f"no message has a tracked link with the key {key!r}")
    message = core.state.messages.get(link.message_id)
    if message is not None:
        follow_link(core.state.messages, message, link.url)
    return Reply(302, b"", {"location": quote(link.url, safe=_URL_SAFE), "cache-control": "no-store"})


def _open(core: Core, name: str) -> Reply:
    """Answer with the pixel and note that the email was read, anew each time (Knock's docs on tracking)."""
    message = core.state.messages.get(name.removesuffix(".gif"))
    if message is None or not message.options.tracks_opens:
        raise framework_error(404, "Not Found", f"no email has the pixel {name!r}")
    engage(core.state.messages, message, "read", None)
    return Reply(200, _PIXEL, {"content-type": "image/gif", "cache-control": "no-store"})


def _unsubscribe(core: Core, path: str) -> Reply:
    """Take a recipient out of commercial messages, in their default set (Knock's docs on commercial unsubscribe)."""
    collection, _, identifier = path.partition("/")
    recipient = Reference(unquote(collection), unquote(identifier))
    if core.state.recipients.get(recipient) is None:
        raise framework_error(404, "Not Found", f"nobody identified {recipient}")
    stored = core.state.preferences.of(recipient).get(DEFAULT_SET) or {}
    core.state.preferences.put(recipient, DEFAULT_SET, {**stored, "commercial_subscribed": False})
    page = b"<!doctype html><title>Unsubscribed</title><p>You will get no more commercial messages.</p>"
    return Reply(200, page, {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"})


_ENTRIES: tuple[tuple[str, tuple[str, ...], Callable[[Core, str], Reply]], ...] = (
    (LINKS, ("GET",), _follow_link),
    (OPENS, ("GET",), _open),
    (UNSUBSCRIBE, ("GET", "POST"), _unsubscribe),
)
