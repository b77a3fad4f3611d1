"""Real requests whose answers nobody waits for: each URL has its own queue, so that what is sent arrives in order."""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from knock_fake.responders.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from knock_fake.responders.outside import Letter, Sending
    from knock_fake.responders.requests import HttpRequest


class Post:
    """Makes requests in threads that end when there is nothing more to send.

    What is sent is decided when its turn comes, because much can happen meanwhile. Whatever fails on the way is told
    to :func:`threading.excepthook`, and what comes next is sent all the same.

    Args:
        lock: held while letters are written and answers are told, and never while one is awaited.
        ask: makes one request; what it raises counts as a connection that broke.
        catch_up: called while the lock is held, before each letter is written and each answer is told.
    """

    def __init__(
        self,
        lock: AbstractContextManager[object],
        ask: Callable[[HttpRequest], Answer],
        catch_up: Callable[[], None],
    ) -> None:
        self._lock = lock
        self._ask = ask
        self._catch_up = catch_up
        self._queues: dict[str, deque[Letter]] = {}

    def send(self, url: str, letter: Letter) -> None:
        """Have a letter sent, after those to the same URL that are waiting. Called while the lock is held."""
        queue = self._queues.get(url)
        if queue is None:
            queue = self._queues[url] = deque()
            Thread(target=self._empty, args=(url, queue), name="knock_fake webhooks", daemon=True).start()
        queue.append(letter)

    def _empty(self, url: str, queue: deque[Letter]) -> None:
        while True:
            with self._lock:
                if not queue:
                    del self._queues[url]
                    return
                sending = self._write(queue.popleft())
            if sending is not None:
                self._send(sending)

    def _write(self, letter: Letter) -> Sending | None:
        with _failures_told():
            self._catch_up()
        with _failures_told():
            return letter()
        return None

    def _send(self, sending: Sending) -> None:
        request, receive = sending
        answer = self._answer(request)
        with self._lock:
            with _failures_told():
                self._catch_up()
            with _failures_told():
                receive(answer)

    def _answer(self, request: HttpRequest) -> Answer:
        try:
            return self._ask(request)
        except Exception as error:
            _tell_failure()
            return Answer(fail="connection", reason=f"{type(error).__name__}: {error}")


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except Exception:
        _tell_failure()


def _tell_failure() -> None:
    """Tell of the exception that is being handled as Python tells of those that end a thread."""
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
