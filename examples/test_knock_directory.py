"""A test of workflows as they stand on disk, where ``knock pull`` has put them."""

import pytest

pytestmark = pytest.mark.knock(knock_dir="knock", variables={"app_url": "https://shop.example.com"})


def test_who_has_read_it_in_the_app_gets_no_email(knock, knock_client):
    for name in ("jane", "joe"):
        knock_client.users.update(name, name=name.title(), email=f"{name}@example.com")
    knock_client.workflows.trigger("order-shipped", recipients=["jane", "joe"], data={"order_id": 7})
    feed = knock.channels["knock-feed"].id
    (item,) = knock_client.users.feeds.list_items("jane", feed)
    knock_client.messages.mark_as_read(item.id)
    knock.clock.advance("2h")
    mails = [message for message in knock_client.messages.list() if message.channel.type == "email"]
    assert [mail.recipient for mail in mails] == ["joe"]
    content = knock_client.messages.get_content(mails[0].id).data
    assert content.subject_line == "Order 7 is on its way"
    assert "Yours, the shop" in content.html_body
    assert "https://shop.example.com/orders/7" in content.html_body


def test_frequent_buyers_hear_of_the_map(knock, knock_client):
    knock_client.users.update("jane", extra_body={"orders": 11})
    knock_client.users.update("joe", extra_body={"orders": 3})
    channel = knock.channels["knock-guide"].id
    shown = [knock_client.users.guides.get_channel(user, channel).entries for user in ("jane", "joe")]
    assert [[guide.key for guide in entries] for entries in shown] == [["new-tracking"], []]
