"""Operations of Knock's API that this version does not answer: each gives a 501 that names it.

A row leaves this table when a module of this package declares the operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Operation, refuse_unbuilt

if TYPE_CHECKING:
    from knock_fake.gateway.operations import PublicKey

# fmt: off
_ROWS: tuple[tuple[str, str, str, int, PublicKey], ...] = (
    ("channels.bulk.update_message_status", "POST", "/v1/channels/{channel_id}/messages/bulk/{action}", 2, "documented"),
    ("users.guides.reset_guide_engagements", "PUT", "/v1/users/{user_id}/guides/engagements/reset", 2, "client_sdk"),
    ("users.guides.mark_as_archived", "PUT", "/v1/users/{user_id}/guides/messages/archived", 2, "documented"),
    ("users.guides.unarchive_guide_message", "DELETE", "/v1/users/{user_id}/guides/messages/archived", 2, "no"),
    ("users.guides.mark_as_interacted", "PUT", "/v1/users/{user_id}/guides/messages/interacted", 2, "documented"),
    ("users.guides.mark_as_seen", "PUT", "/v1/users/{user_id}/guides/messages/seen", 2, "documented"),
    ("users.guides.mark_message_as_archived", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/archived", 2, "documented"),
    ("users.guides.mark_message_as_interacted", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/interacted", 2, "documented"),
    ("users.guides.mark_message_as_seen", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/seen", 2, "documented"),
    ("users.guides.get_channel", "GET", "/v1/users/{user_id}/guides/{channel_id}", 2, "documented"),
)
# fmt: on

UNBUILT = tuple(
    Operation(name, method, path, refuse_unbuilt, tier, public_key=public_key, is_built=False)
    for name, method, path, tier, public_key in _ROWS
)
"""The operations, with the tier and the keys that they will have."""
