"""Real requests whose answers nobody waits for: each URL has its own queue, so that what is sent arrives in order."""

from __future__ import annotations

from collections import deque
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from knock_fake.responders.answers import Answer
    from knock_fake.responders.requests import HttpRequest

_Letter: TypeAlias = "tuple[HttpRequest, Callable[[Answer], None]]"


class Post:
    """Makes requests in threads that end when there is nothing more to send.

    Args:
        lock: held while answers are told, and never while one is awaited.
        ask: makes one request; raises nothing.
    """

    def __init__(self, lock: AbstractContextManager[object], ask: Callable[[HttpRequest], Answer]) -> None:
        self._lock = lock
        self._ask = ask
        self._queues: dict[str, deque[_Letter]] = {}

    def send(self, request: HttpRequest, receive: Callable[[Answer], None]) -> None:
        """Have a request made, after those to the same URL that are waiting. Called while the lock is held."""
        queue = self._queues.get(request.url)
        if queue is None:
            queue = self._queues[request.url] = deque()
            Thread(target=self._empty, args=(request.url, queue), name="knock_fake webhooks", daemon=True).start()
        queue.append((request, receive))

    def _empty(self, url: str, queue: deque[_Letter]) -> None:
        while True:
            with self._lock:
                if not queue:
                    del self._queues[url]
                    return
                request, receive = queue.popleft()
            answer = self._ask(request)
            with self._lock:
                receive(answer)
