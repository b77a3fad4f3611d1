"""The API keys of a world, and which of them a call came with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, api_key_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.gateway.call import Call
    from knock_fake.gateway.operations import KeyKind


class Keys:
    """The API keys of a world. Without any, every key that begins with ``sk_`` or ``pk_`` is taken."""

    def __init__(self, secret: Iterable[str] = (), public: Iterable[str] = ()) -> None:
        self._kinds: dict[str, KeyKind] = {}
        for kind, keys in (("secret", secret), ("public", public)):
            if isinstance(keys, str):
                raise UsageTypeError(f"{kind}_keys must be a list of keys, not the text {keys!r}")
            for key in keys:
                self._add(key, "secret" if kind == "secret" else "public")

    def _add(self, key: object, kind: KeyKind) -> None:
        if not isinstance(key, str) or not key or key != key.strip():
            raise UsageTypeError(f"{kind}_keys: a key is a non-empty text without spaces around it, not {key!r}")
        if self._kinds.setdefault(key, kind) != kind:
            raise UsageError(f"the key {key!r} cannot be secret and public at once")

    def any_secret(self) -> str | None:
        """Return a secret key that this world was given, or ``None`` when it was given none."""
        return next((key for key, kind in self._kinds.items() if kind == "secret"), None)

    def kind_of(self, call: Call) -> KeyKind:
        """Return the kind of the call's key.

        Raises:
            ApiError: 401 for no key or one this world does not know.
        """
        scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
        key = credentials.strip()
        if scheme.lower() != "bearer" or not key:
            raise api_key_missing("send the header 'Authorization: Bearer sk_test_...'")
        if self._kinds:
            kind = self._kinds.get(key)
            if kind is None:
                raise api_key_missing("the key is none of those that this world was given")
            return kind
        if key.startswith("sk_"):
            return "secret"
        if key.startswith("pk_"):
            return "public"
        raise api_key_missing("keys begin with sk_ or pk_, unless the world is given its own")
