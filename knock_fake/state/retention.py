"""Data retention: how long Knock keeps what it logs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

RETENTION = timedelta(days=30)
"""How long messages can be read (Knock's docs on data retention, the window of every plan but the largest)."""


def is_retained(inserted_at: datetime, now: datetime) -> bool:
    """Whether what was made at an instant is still within data retention."""
    return now - inserted_at < RETENTION
