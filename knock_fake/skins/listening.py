"""The socket that a server listens on, and the URL that leads to it."""

from __future__ import annotations

import errno
import os
import socket

from knock_fake.errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that accepts connections.

    Args:
        host: name or address of this machine.
        port: to listen on; 0 takes any free one.

    Raises:
        UsageError: the port is taken, or the host is none of this machine's.

    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there the option lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # uvicorn listens too, but only after this: until then a client would find the port closed.
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: Exception) -> UsageError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return UsageError(
            f"port {port} on {host} is taken: stop what listens there, choose another port, "
            "or take port 0 for any free one"
        )
    return UsageError(
        f"cannot listen on host {host!r}, port {port}: {error}. Choose an address of this machine such as "
        "127.0.0.1, and a port up to 65535, or 0 for any free one"
    )


def base_url(host: str, port: int) -> str:
    """Return the URL, without a final slash, by which clients on this machine reach a socket.

    Args:
        host: as it was listened on.
        port: as the socket has it.

    """
    # "Every address" is one to listen on, not one to call.
    callable_host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    shown = f"[{callable_host}]" if ":" in callable_host else callable_host
    return f"http://{shown}:{port}"
