"""A world needs no pytest: it is a context manager, and it prints what happened."""

from knockapi import Knock

from knock_fake import KnockFake
from knock_fake.steps import delay, email

with KnockFake(seed=7, start="2026-03-28T09:00:00Z") as knock:
    knock.workflows.add(
        "welcome", steps=[delay("1d"), email("Welcome, {{ recipient.name }}", "<p>Good to see you.</p>")]
    )
    client = Knock(api_key="sk_test_any")
    client.workflows.trigger("welcome", recipients=[{"id": "jane", "name": "Jane", "email": "jane@example.com"}])
    print(knock.clock.run_until_idle())
    (message,) = client.messages.list()
    print(client.messages.get_content(message.id).data.subject_line)
