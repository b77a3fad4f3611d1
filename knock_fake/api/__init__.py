"""One module a Knock resource: endpoint functions with their declarations, and how records are shown."""

from __future__ import annotations

from knock_fake.api.bulk_operations import bulk_operations
from knock_fake.api.feeds import feeds
from knock_fake.api.message_marks import marks
from knock_fake.api.messages import messages, user_messages
from knock_fake.api.unbuilt import UNBUILT
from knock_fake.api.users import users
from knock_fake.api.workflows import workflows

OPERATIONS = (
    *users.operations,
    *user_messages.operations,
    *feeds.operations,
    *workflows.operations,
    *messages.operations,
    *marks.operations,
    *bulk_operations.operations,
    *UNBUILT,
)
"""Every operation of Knock's API, as its endpoint declares it."""
