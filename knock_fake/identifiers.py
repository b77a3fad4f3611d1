"""Seeded identifiers: the only source of chance in a world.

An identifier is a pure function of the world's seed and of a sequence number, so two worlds with one seed
that see the same calls hand out the same identifiers, and copying a world means copying one integer.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

KSUID_EPOCH = 1_400_000_000
"""Seconds between the Unix epoch and the KSUID epoch (segmentio/ksuid)."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TRIPLES = [a + b + c for a in _DIGITS for b in _DIGITS for c in _DIGITS]


class Identifiers:
    """Hands out sequence numbers and turns them into identifiers.

    Sequence numbers rise by one for everything a world creates, so they also are the order of creation
    that every list of Knock's is sorted by.
    """

    __slots__ = ("_key", "last", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = blake2b(str(seed).encode(), digest_size=16).digest()
        self.last = 0

    @property
    def environment(self) -> str:
        """The id of the world's environment."""
        return self.uuid(0, b"environment")

    def next_sequence(self) -> int:
        """Return the next sequence number."""
        self.last += 1
        return self.last

    def _bits(self, sequence: int, person: bytes, size: int) -> bytes:
        return blake2b(sequence.to_bytes(8, "big"), key=self._key, person=person, digest_size=size).digest()

    def ksuid(self, sequence: int, at: datetime, purpose: bytes = b"ksuid") -> str:
        """Return a KSUID: 27 characters that sort by creation second; its time part is ``at``.

        ``purpose`` (at most 16 bytes) gives one sequence number several of them.
        """
        # A KSUID cannot tell times outside of 2014 to 2150; such times sort as the nearest that it can.
        seconds = min(max(int(at.timestamp()) - KSUID_EPOCH, 0), 0xFFFFFFFF)
        number = (seconds << 128) | int.from_bytes(self._bits(sequence, purpose, 16), "big")
        triples = []
        for _ in range(9):
            number, rest = divmod(number, 238_328)
            triples.append(_TRIPLES[rest])
        return "".join(reversed(triples))

    def short_key(self, sequence: int) -> str:
        """Return ten letters and digits, as the links in text messages have them."""
        number = int.from_bytes(self._bits(sequence, b"short key", 8), "big")
        digits = []
        for _ in range(10):
            number, rest = divmod(number, 62)
            digits.append(_DIGITS[rest])
        return "".join(digits)

    def uuid(self, sequence: int, purpose: bytes = b"uuid") -> str:
        """Return a UUID of version 4 form. ``purpose`` gives one sequence number several of them."""
        hexed = self._bits(sequence, purpose, 16).hex()
        variant = "89ab"[int(hexed[16], 16) & 3]
        return f"{hexed[:8]}-{hexed[8:12]}-4{hexed[13:16]}-{variant}{hexed[17:20]}-{hexed[20:]}"

    def request_id(self, number: int) -> str:
        """Return the ``x-request-id`` of the world's n-th request: 20 URL-safe characters."""
        return urlsafe_b64encode(self._bits(number, b"request", 15)).decode("ascii")

    def fraction(self, sequence: int, purpose: bytes) -> float:
        """Return a number in [0, 1) for ``purpose``, the same for the same sequence number."""
        # A float holds 53 bits; more of them would round up to 1.
        return (int.from_bytes(self._bits(sequence, purpose, 7), "big") >> 3) / (1 << 53)
