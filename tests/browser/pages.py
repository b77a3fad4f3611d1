"""A web server with one page, which tells what it shows; and a browser that has it open."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGE = b'<!doctype html><meta charset="utf-8"><title>page</title><div id="root"></div><script src="/page.js"></script>'


class PageServer(ThreadingHTTPServer):
    """Serves the page with its script, and keeps what it posts to ``/shown``."""

    daemon_threads = True

    def __init__(self, script: bytes) -> None:
        self.script = script
        self.shown: Queue[Any] = Queue()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        is_script = self.path == "/page.js"
        self._answer(self.server.script if is_script else _PAGE, "text/javascript" if is_script else "text/html")

    def do_POST(self) -> None:
        self.server.shown.put(orjson.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer(b"", "text/plain")

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serving(script: bytes) -> Iterator[PageServer]:
    with PageServer(script) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browsing(chromium: str, url: str, profile: Path) -> Iterator[None]:
    """Have a page open in a browser without a window."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    process = subprocess.Popen(  # noqa: S603 - the browser that was found, and our own page
        [chromium, *options, f"--user-data-dir={profile}", "--remote-debugging-port=0", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
