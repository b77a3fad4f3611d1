"""Requests per second over a real socket, against a bare Starlette app on the same uvicorn settings."""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
REQUESTS = 4_000
ROUNDS = 7

_HEAD = "{method} /v1/users/jane HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk_test_bench\r\naccept: */*\r\n"
_BODY = b'{"name": "Jane", "email": "jane@example.com"}'

GET = (_HEAD.format(method="GET") + "\r\n").encode()
PUT = (
    _HEAD.format(method="PUT") + f"content-type: application/json\r\ncontent-length: {len(_BODY)}\r\n\r\n"
).encode() + _BODY


@contextmanager
def running(app: str) -> Iterator[int]:
    """Run ``ours`` or ``bare`` in a process of its own and yield its port."""
    command = [sys.executable, "-m", "benchmarks.under_test", app]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:  # noqa: S603
        try:
            yield int(process.stdout.readline() if process.stdout else "")
        finally:
            process.kill()


def requests_per_second(port: int, request: bytes, *, requests: int = REQUESTS) -> float:
    """Keep 16 connections busy with one request each and return how many answers a second came back."""
    with selectors.DefaultSelector() as selector:
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
        start = perf_counter()
        for connection in connections:
            connection.sendall(request)
        sent, answered = CONNECTIONS, 0
        while answered < requests:
            for key, _ in selector.select():
                connection = key.fileobj  # type: ignore[assignment]
                _read_answer(connection)
                answered += 1
                if sent < requests:
                    connection.sendall(request)
                    sent += 1
        elapsed = perf_counter() - start
        for connection in connections:
            connection.close()
    return requests / elapsed


def _read_answer(connection: socket.socket) -> None:
    """Read one answer; both bodies are one JSON object, so its closing brace is the end."""
    answer = connection.recv(65_536)
    while not answer.endswith(b"}"):
        more = connection.recv(65_536)
        if not more:
            raise RuntimeError(f"the server closed the connection after {answer[:200]!r}")
        answer += more
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"not a successful answer: {answer[:200]!r}")


def measure() -> Iterator[tuple[str, float, float, float]]:
    """Yield name, our and the bare app's requests a second, and the median of the rounds' ratios."""
    with running("ours") as ours, running("bare") as bare:
        for name, request in (("GET /v1/users/{id}", GET), ("PUT /v1/users/{id}", PUT)):
            requests_per_second(ours, request, requests=500)
            requests_per_second(bare, request, requests=500)
            rounds = [(requests_per_second(ours, request), requests_per_second(bare, request)) for _ in range(ROUNDS)]
            yield (
                name,
                median(mine for mine, _ in rounds),
                median(its for _, its in rounds),
                median(mine / its for mine, its in rounds),
            )
