"""Which credentials a chat provider takes: Slack's access tokens, the tenants of Microsoft Teams."""

from __future__ import annotations

from typing import Literal, TypeAlias

from knock_fake.errors import UsageTypeError

Refusal: TypeAlias = Literal["unknown", "revoked"]
"""Why a provider does not take a credential."""


class Credentials:
    """Takes every credential until one is added, then those that were added; never one that was revoked.

    Args:
        noun: what the provider calls a credential, for messages to the user.
    """

    __slots__ = ("_known", "_noun", "_revoked")

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._known: set[str] = set()
        self._revoked: set[str] = set()

    def add(self, credential: str) -> None:
        """Let the provider know a credential, and take it back if it was revoked.

        Raises:
            UsageTypeError: it is no text.
        """
        self._known.add(self._checked(credential))
        self._revoked.discard(credential)

    def revoke(self, credential: str) -> None:
        """Have the provider refuse a credential from now on.

        Raises:
            UsageTypeError: it is no text.
        """
        self._revoked.add(self._checked(credential))

    def refusal(self, credential: str) -> Refusal | None:
        """Return why the provider refuses a credential, or ``None`` when it takes it."""
        if credential in self._revoked:
            return "revoked"
        return "unknown" if self._known and credential not in self._known else None

    def _checked(self, credential: object) -> str:
        if not isinstance(credential, str) or not credential:
            raise UsageTypeError(f"{self._noun} must be a non-empty text, not {credential!r}")
        return credential
