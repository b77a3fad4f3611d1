from knock_fake.steps import delay, email, in_app_feed


def test_a_comment_shows_at_once_and_is_mailed_after_two_hours(knock, knock_client):
    knock.workflows.add(
        "new-comment", steps=[in_app_feed("{{ actor.name }} commented"), delay("2h"), email("News", "Hi")]
    )
    knock_client.users.update("jane", name="Jane", email="jane@example.com")
    knock_client.users.update("bob", name="Bob")
    knock_client.workflows.trigger("new-comment", recipients=["jane"], actor="bob")  # your code does this
    assert [message.channel.type for message in knock_client.messages.list()] == ["in_app_feed"]
    knock.clock.advance("2h")
    assert [message.channel.type for message in knock_client.messages.list()] == ["email", "in_app_feed"]
