"""A server process for the benchmark: ``python -m benchmarks.under_test ours|bare`` prints its port when ready."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from knock_fake import KnockFake
from knock_fake.gateway.call import Call

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

USER = {"name": "Jane", "email": "jane@example.com"}


async def _read(request: Request) -> JSONResponse:
    return JSONResponse(_shown(request, USER))


async def _write(request: Request) -> JSONResponse:
    return JSONResponse(_shown(request, await request.json()))


def _shown(request: Request, properties: dict[str, str]) -> dict[str, str | None]:
    return {
        "__typename": "User",
        "id": request.path_params["user_id"],
        **properties,
        "created_at": None,
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }


def bare_app() -> ASGIApp:
    """Return the smallest Starlette app that answers the two requests, keeping no state."""
    routes = [
        Route("/v1/users/{user_id}", _read, methods=["GET"]),
        Route("/v1/users/{user_id}", _write, methods=["PUT"]),
    ]
    return Starlette(routes=routes)


def our_app() -> ASGIApp:
    """Return a world's app with one user."""
    world = KnockFake()
    headers = {"authorization": "Bearer sk_test_bench", "content-type": "application/json"}
    body = b'{"name": "Jane", "email": "jane@example.com"}'
    world.handle(Call("PUT", "/v1/users/jane", headers=headers, body=body))
    return world.asgi_app()


def main() -> None:
    """Serve on a free port until killed."""
    app = our_app() if sys.argv[1] == "ours" else bare_app()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
