"""Code under test needs no change: it builds its own client, and the fixture answers it."""

import pytest
from knockapi import Knock, NotFoundError

from knock_fake.steps import in_app_feed


def notify_assignee(task: str, assignee: str) -> str:
    client = Knock(api_key="sk_live_from_your_settings")
    return client.workflows.trigger("task-assigned", recipients=[assignee], data={"task": task}).workflow_run_id


def test_the_assignee_is_told(knock, knock_client):
    knock.workflows.add("task-assigned", steps=[in_app_feed("Please do **{{ task }}**")])
    knock_client.users.update("jane", name="Jane")

    notify_assignee("the dishes", "jane")

    feed = knock.channels["in-app-feed"]
    page = knock_client.users.feeds.list_items("jane", feed.id)
    assert page.entries[0].blocks[0].rendered == "<p>Please do <strong>the dishes</strong></p>"
    assert page.meta["unread_count"] == 1


def test_a_misspelt_workflow_is_refused_as_knock_does(knock):
    knock.workflows.add("task-asigned", steps=[in_app_feed("...")])

    with pytest.raises(NotFoundError) as refused:
        notify_assignee("the dishes", "jane")

    assert refused.value.body["code"] == "workflow_missing"
    assert "did you mean 'task-asigned'?" in refused.value.response.headers["x-knock-fake-hint"]
