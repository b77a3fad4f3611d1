"""A real server on a real port that receives webhooks."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS_TO_WAIT = 20  # a deadline, not a sleep: reached only when something is broken


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks in a queue; answers by the list of statuses, and by 200 when that is used up.

    ``ask`` is called before each answer, and ``asked`` is given what that returned.
    """

    received: Queue[tuple[dict[str, str], str]]
    statuses: list[int]
    may_answer: Event
    ask: Callable[[], object]
    asked: Queue[object]

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"])).decode()
        self.received.put((headers, body))
        self.may_answer.wait(SECONDS_TO_WAIT)
        self.asked.put(type(self).ask())
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - a name that the base class asks for
        """Say nothing."""


@contextmanager
def receiving(*statuses: int) -> Iterator[tuple[str, type[Receiver]]]:
    """Receive webhooks at a URL of this machine while the block runs."""

    class Own(Receiver):
        pass

    Own.received, Own.statuses, Own.may_answer = Queue(), [*statuses], Event()
    Own.ask, Own.asked = staticmethod(lambda: None), Queue()
    Own.may_answer.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks", Own
        finally:
            Own.may_answer.set()
            server.shutdown()
            thread.join()
