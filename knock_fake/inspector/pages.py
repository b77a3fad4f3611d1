"""The page at ``/`` and the files that it is made of."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from knock_fake.version import __version__

if TYPE_CHECKING:
    from starlette.requests import Request

# Frames inherit this policy. Messages bring styles of their own, and images where the reader wants to see them; no
# message's script is ever run: scripts come from here alone, and the frames that hold messages run none at all.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: http: https:; "
    "font-src data: http: https:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy of the page."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # The next version's modules must not meet this one's in a browser's cache.
    "cache-control": "no-cache",
}
_TYPES = {"css": "text/css", "js": "text/javascript"}


def index(request: Request) -> Response:
    """Return the inspector. It also says what to give an SDK as its base URL."""
    # Not request.base_url: below a mount that is the base of the outermost application.
    base_url = escape(str(request.url.replace(query="")).rstrip("/"))
    page = Template(_files()["index.html"]).substitute(version=__version__, base_url=base_url)
    return HTMLResponse(page, headers=_HEADERS)


def asset(request: Request) -> Response:
    """Return one of the files that the page names."""
    name: str = request.path_params["name"]
    ending = name.rpartition(".")[2]
    if ending not in _TYPES or name not in _files():
        return PlainTextResponse("Not Found", 404, headers=_HEADERS)
    return Response(_files()[name], media_type=_TYPES[ending], headers=_HEADERS)


@cache
def _files() -> dict[str, str]:
    """Return every file of the page by its name."""
    found = (one for one in files("knock_fake.inspector").iterdir() if not one.name.endswith(".py"))
    return {one.name: one.read_text("utf-8") for one in found if one.is_file()}


PAGES = (Route("/", index), Route("/_inspector/{name}", asset))
"""The routes of the inspector."""
