from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from knock_fake.steps import delay, email, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake import KnockFake


@pytest.fixture
def api(knock: KnockFake) -> Iterator[httpx.Client]:
    """Plain HTTP with a secret key, into the test's world."""
    headers = {"authorization": "Bearer sk_test_x"}
    base_url = "https://api.knock.app"
    with httpx.Client(transport=knock.transport(), base_url=base_url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def notify(knock: KnockFake, api: httpx.Client) -> Callable[..., list[str]]:
    """Trigger a workflow for one user, who is identified in passing; return the ids of the messages it made.

    ``hello`` makes a feed item, ``letter`` an email, ``later`` a feed item after an hour.
    """
    knock.workflows.add("hello", steps=[in_app_feed("Hi {{ data.name }}")], categories=["social"])
    knock.workflows.add("letter", steps=[email("Hi", "<p>Hi</p>")])
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi again")])

    def trigger(user: str = "jane", workflow: str = "hello", **body: object) -> list[str]:
        known = {message.id for message in knock.state.messages}
        person = {"id": user, "email": f"{user}@example.com"}
        answer = api.post(f"/v1/workflows/{workflow}/trigger", json={"recipients": [person], **body})
        assert answer.status_code == 200, answer.text
        return [message.id for message in knock.state.messages if message.id not in known]

    return trigger
