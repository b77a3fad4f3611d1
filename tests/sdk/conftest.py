from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, email, in_app_feed

if TYPE_CHECKING:
    from knock_fake import KnockFake


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    """``hello`` makes a feed item, ``letter`` an email, ``later`` a feed item after an hour."""
    knock.workflows.add("hello", steps=[in_app_feed("Hi {{ data.name }}")], categories=["social"])
    knock.workflows.add("letter", steps=[email("Hi", "<p>Hi</p>")])
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Later")])
