"""Texts in which ``*`` stands for any text, as people write URLs, events, models and topics."""

from __future__ import annotations

import re

WILD = "*"


def wild(text: str) -> re.Pattern[str]:
    """Return the pattern, for ``fullmatch``, of a text in which ``*`` stands for any text, line breaks included."""
    return re.compile(".*".join(map(re.escape, text.split(WILD))), re.DOTALL)
