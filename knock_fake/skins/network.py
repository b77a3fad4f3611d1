"""Which hosts are Knock's, which are this machine, and the refusal for all others."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from knock_fake.delivery.entry_urls import SHORT_ORIGIN
from knock_fake.errors import NetworkBlockedError

KNOCK_HOST = "api.knock.app"
"""The host of Knock's API, as its SDKs call it unless told otherwise."""

KNOCK_HOSTS = frozenset({KNOCK_HOST, urlsplit(SHORT_ORIGIN).hostname or ""})
"""Every host of Knock's that the fake answers for: the API's, and the one of links in text messages."""


def is_answered(host: str) -> bool:
    """Return whether the fake answers for a host. A final dot, which makes a name absolute, makes it no other name."""
    return host.removesuffix(".").lower() in KNOCK_HOSTS


def is_knock(host: str) -> bool:
    """Return whether a host is any of Knock's: ``knock.app`` and every name below it."""
    return f".{host.removesuffix('.').lower()}".endswith(".knock.app")


def escaped(what: str, host: str) -> NetworkBlockedError:
    """Return the error for what would reach the real Knock while a world is open.

    Args:
        what: what was refused, such as the method of a request.
        host: the host that it was for.

    """
    if is_answered(host):
        why = "it came past httpx and requests, through which a world answers: point its client to knock.serve()"
    else:
        listed = " and ".join(sorted(KNOCK_HOSTS))
        why = f"the fake answers for {listed} alone: replace the call in the test, or make it before a world opens"
    return NetworkBlockedError(
        f"{what} to {host!r} was blocked: nothing reaches the real Knock while a fake is open; {why}"
    )


def is_loopback(host: str) -> bool:
    """Return whether a host, as it stands in a URL, can only be this machine.

    Args:
        host: a lower-case name or an address, an IPv6 one with or without brackets.

    Returns:
        True for 127.0.0.0/8, ``::1``, ``localhost`` and names below it (RFC 6761).

    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def blocked(method: str, host: str) -> NetworkBlockedError:
    """Return the error for a call that must not leave the machine.

    Args:
        method: of the refused request.
        host: the host that it was for.

    """
    return NetworkBlockedError(
        f"{method} to {host!r} was blocked: with block_network=True only {KNOCK_HOST} (the fake) and "
        f"loopback hosts can be called. Replace the call to {host!r} in the test, or allow the network."
    )
