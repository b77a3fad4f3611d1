"""Who may call a control plane that asks for no token: this machine, and no page of somebody else's in its browser.

A socket that listens on loopback is reached by every page that a browser of this machine has open: from another origin,
or from its own once its name has come to mean 127.0.0.1 (DNS rebinding). Browsers say so, in ``Origin`` and ``Host``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from knock_fake.errors import control_refusal
from knock_fake.skins.network import is_loopback

if TYPE_CHECKING:
    from knock_fake.gateway.call import Call

_REMEDY = (
    "call it by 127.0.0.1 or localhost, or start the server with a control token (--control-token, or "
    "knock.serve(control_token=...)) and send it in X-Knock-Fake-Token"
)


def refuse_foreign(call: Call) -> None:
    """Refuse a call that names this machine by another name than its own, or that a page from elsewhere makes.

    Clients that are no browser send no ``Origin``, and pages on any port of this machine are no strangers.

    Raises:
        ApiError: 403; its message says what the call came with, and what to do.
    """
    host, origin = call.headers.get("host"), call.headers.get("origin")
    if host is not None and not _is_own(f"//{host}"):
        raise _refusal(f"for the host {host!r}")
    if origin is not None and not _is_own(origin):
        raise _refusal(f"from a page of the origin {origin!r}")


def _is_own(url: str) -> bool:
    try:
        name = urlsplit(url).hostname
    except ValueError:
        return False
    return name is not None and is_loopback(name.removesuffix("."))


def _refusal(what: str) -> Exception:
    message = f"this control plane asks for no token, so it takes no call {what}: {_REMEDY}"
    return control_refusal(403, "foreign_caller", message)
