"""The real Knock SDK, made to call a world in the same process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import MissingDependencyError
from knock_fake.skins.transport import AsyncKnockTransport, KnockTransport

try:
    import httpx
    import knockapi
except ImportError as error:
    raise MissingDependencyError(
        "knock.client() needs Knock's own SDK, which is not installed: pip install knockapi"
    ) from error

if TYPE_CHECKING:
    from knock_fake.gateway.call import Handler

BASE_URL = "https://api.knock.app"


def make_client(handler: Handler, api_key: str, max_retries: int) -> knockapi.Knock:
    """Return a client on a transport of its own: it reads no proxy settings and loads no TLS roots."""
    http_client = httpx.Client(transport=KnockTransport(handler), base_url=BASE_URL, trust_env=False)
    return knockapi.Knock(api_key=api_key, base_url=BASE_URL, max_retries=max_retries, http_client=http_client)


def make_async_client(handler: Handler, api_key: str, max_retries: int) -> knockapi.AsyncKnock:
    """Return the asynchronous twin of :func:`make_client`."""
    http_client = httpx.AsyncClient(transport=AsyncKnockTransport(handler), base_url=BASE_URL, trust_env=False)
    return knockapi.AsyncKnock(api_key=api_key, base_url=BASE_URL, max_retries=max_retries, http_client=http_client)
