"""Reading from Knock's API, or from a server of this package, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from knock_fake.errors import UsageError
from knock_fake.skins.network import is_loopback

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

TIMEOUT = 30.0
"""Seconds that an answer may take."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that speaks Knock's API.

    Args:
        url: its base URL, such as ``http://127.0.0.1:4010``.
        api_key: the secret key to call it with.
    """

    url: str
    api_key: str

    def get(self, path: str, query: JsonObject | None = None) -> JsonObject | None:
        """Return what a path answers, ``None`` for a 404.

        Raises:
            UsageError: it cannot be reached, refuses the call, or answers what is no JSON object.
        """
        asked = f"{self.url.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            return self._decoded(asked, self._open(asked))
        except HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                told = error.read().decode("utf-8", "replace")
            raise UsageError(f"GET {asked} was answered with {error.code}: {told}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise UsageError(f"GET {asked} failed: {error}") from error

    def _open(self, url: str) -> bytes:
        host = urlsplit(url).hostname or ""
        # A proxy of the environment is for the world outside, not for a server on this machine.
        opener = build_opener(ProxyHandler({})) if is_loopback(host) else build_opener()
        request = Request(url, headers={"authorization": f"Bearer {self.api_key}"})  # noqa: S310 - the user's own URL
        with opener.open(request, timeout=TIMEOUT) as answer:
            content: bytes = answer.read()
            return content

    def _decoded(self, url: str, content: bytes) -> JsonObject:
        decoded: Json = orjson.loads(content)
        if not isinstance(decoded, dict):
            raise UsageError(f"GET {url} answered no JSON object: is this a server of Knock's API?")
        return decoded
