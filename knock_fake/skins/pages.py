"""The pages that a person or a container's health check asks the server for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from knock_fake.inspector import pages as inspector
from knock_fake.skins.cors import CORS_HEADERS

if TYPE_CHECKING:
    from starlette.requests import Request


def health(request: Request) -> JSONResponse:  # noqa: ARG001 - Starlette hands every endpoint its request
    """Return 200 as soon as the server can answer at all."""
    return JSONResponse({"status": "ok"}, headers=CORS_HEADERS)


PAGES = [*inspector.PAGES, Route("/_health", health)]
"""The routes of this module and of the inspector."""
