"""Anything that speaks HTTP: the live server has a URL, and the SDKs read it from the environment."""

import json
from urllib.request import Request, urlopen

from knockapi import Knock


def put(url: str, body: dict) -> dict:
    headers = {"authorization": "Bearer sk_test_any", "content-type": "application/json"}
    with urlopen(Request(url, json.dumps(body).encode(), headers, method="PUT")) as answer:
        return json.load(answer)


def test_plain_http(knock_server):
    user = put(f"{knock_server}/v1/users/jane", {"name": "Jane"})
    assert user["updated_at"] == "2026-01-01T00:00:00.000000Z"


def test_the_sdk_finds_the_server_by_itself(knock_server):
    client = Knock()  # KNOCK_BASE_URL and KNOCK_API_KEY are set for the time of the test
    assert client.users.update("jane", name="Jane").name == "Jane"
