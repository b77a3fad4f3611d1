"""A browser, driven by W3C WebDriver: as much of the protocol as these tests need, over the HTTP client they have."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64decode
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from knock_fake.json_types import Json

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
SECONDS_TO_WAIT = 20

_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,800"),
    # Only this machine: whatever else a page asks for has no address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

# Resolves as soon as the function holds; looked at with every frame, so that nothing is waited for by the clock.
_UNTIL = """
const [holds, done] = [new Function('return (' + arguments[0] + ')'), arguments[arguments.length - 1]];
const look = () => {
  let value = null;
  try { value = holds(); } catch { value = null; }
  value ? done(value) : setTimeout(look, 20);
};
look();
"""


class Browser:
    """One window of a browser.

    Args:
        session: what the driver's commands of this window stand below.
    """

    def __init__(self, session: httpx.Client) -> None:
        self._session = session

    def open(self, url: str) -> None:
        """Go to a page, and come back when it is loaded."""
        self._post("url", {"url": url})

    def run(self, script: str, *arguments: Json) -> Any:  # noqa: ANN401 - whatever a script returns
        """Run the body of a function in the page and return what it returns."""
        return self._post("execute/sync", {"script": script, "args": [*arguments]})

    def until(self, expression: str) -> Any:  # noqa: ANN401 - whatever the expression is
        """Wait until an expression of the page is true, and return it."""
        return self._post("execute/async", {"script": _UNTIL, "args": [expression]})

    def text(self, selector: str) -> str:
        """Return the text of the first element that a selector finds, as it is seen."""
        found: str = self.run("return document.querySelector(arguments[0]).innerText", selector)
        return found

    def click(self, selector: str) -> None:
        """Click on the first element that a selector finds, as a person would."""
        self._post(f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        keys: list[Json] = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._post("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels."""
        self._post("window/rect", {"width": width, "height": height})

    def emulate(self, scheme: str) -> None:
        """Let the page believe that the system prefers ``light`` or ``dark``."""
        features: list[Json] = [{"name": "prefers-color-scheme", "value": scheme}]
        self._post("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    @contextmanager
    def inside(self, selector: str) -> Iterator[None]:
        """Be in a frame for a block."""
        self._post("frame", {"id": {_ELEMENT: self._find(selector)}})
        try:
            yield
        finally:
            self._post("frame/parent", {})

    def windows(self) -> int:
        """Return how many windows there are."""
        return len(self._handles())

    def close_others(self) -> None:
        """Close every window that a page has opened."""
        own = self._session.get("window").json()["value"]
        for other in self._handles():
            if other != own:
                self._post("window", {"handle": other})
                self._session.delete("window")
        self._post("window", {"handle": own})

    def _handles(self) -> list[str]:
        found: list[str] = self._session.get("window/handles").json()["value"]
        return found

    def complaints(self) -> list[str]:
        """Return what the browser has complained of since it was last asked, such as errors and blocked scripts."""
        logged = self._post("se/log", {"type": "browser"})
        return [str(one["message"]) for one in logged]

    def screenshot(self, path: Path) -> None:
        """Write what is seen to a PNG."""
        path.write_bytes(b64decode(self._session.get("screenshot").json()["value"]))

    def _find(self, selector: str) -> str:
        found: str = self._post("element", {"using": "css selector", "value": selector})[_ELEMENT]
        return found

    def _post(self, command: str, body: Json) -> Any:  # noqa: ANN401 - whatever the driver answers
        answer = self._session.post(command, json=body)
        value = answer.json()["value"]
        assert answer.status_code == 200, f"{command} {body}: {value['message']}"
        return value


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile, and end it.

    Args:
        profile: an empty directory, for whatever the browser keeps.
    """
    assert CHROMEDRIVER is not None
    command = [CHROMEDRIVER, "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as driver:  # noqa: S603
        try:
            url = f"http://127.0.0.1:{_port_of(driver)}/session"
            with httpx.Client(timeout=SECONDS_TO_WAIT * 2, trust_env=False) as client:
                answer = client.post(url, json=_capabilities(profile)).json()["value"]
                assert "sessionId" in answer, answer
                client.base_url = httpx.URL(f"{url}/{answer['sessionId']}/")
                yield Browser(client)
                client.delete("")
        finally:
            driver.terminate()


def _port_of(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        started = re.search(r"started successfully on port (\d+)", line)
        if started is not None:
            return int(started[1])
    raise AssertionError("chromedriver did not start")


def _capabilities(profile: Path) -> Json:
    options: Json = {"binary": CHROMIUM, "args": [*_ARGUMENTS, f"--user-data-dir={profile}"]}
    always: Json = {
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
        "timeouts": {"implicit": SECONDS_TO_WAIT * 1000, "script": SECONDS_TO_WAIT * 1000},
    }
    return {"capabilities": {"alwaysMatch": always}}
