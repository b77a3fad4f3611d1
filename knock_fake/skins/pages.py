"""The pages that a person or a container's health check asks the server for."""

from __future__ import annotations

from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from knock_fake.skins.cors import CORS_HEADERS

if TYPE_CHECKING:
    from starlette.requests import Request

_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>knock_fake</title>
<h1>knock_fake {version}</h1>
<p>A fake of the Knock notification API. Nothing that is sent here leaves this server.</p>
<p>Base URL for SDKs: <code>{base_url}</code></p>
<p>Health: <a href="{base_url}/_health">{base_url}/_health</a></p>
<p>Documentation: the README and the docs directory of knock_fake; the API that it imitates is described in
<a href="https://docs.knock.app/api-reference">Knock's API reference</a>.</p>
</html>
"""


def index(request: Request) -> HTMLResponse:
    """Return the page that says what this server is, and what to give an SDK as its base URL."""
    # Not request.base_url: below a mount that is the base of the outermost application.
    base_url = escape(str(request.url.replace(query="")).rstrip("/"))
    return HTMLResponse(_INDEX.format(version=_version(), base_url=base_url), headers=CORS_HEADERS)


def health(request: Request) -> JSONResponse:  # noqa: ARG001 - Starlette hands every endpoint its request
    """Return 200 as soon as the server can answer at all."""
    return JSONResponse({"status": "ok"}, headers=CORS_HEADERS)


def _version() -> str:
    try:
        return version("knock-fake")
    except PackageNotFoundError:
        return "(not installed)"


PAGES = [Route("/", index), Route("/_health", health)]
"""The routes of this module."""
