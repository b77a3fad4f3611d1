"""What the account falls back to for recipients who have said nothing: locale and time zone."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from knock_fake.errors import UsageError, UsageTypeError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class AccountDefaults:
    """The defaults of an account: Knock's are ``en``, which is our choice, and ``Etc/UTC``."""

    locale: str = "en"
    timezone: str = "Etc/UTC"


class AccountStore:
    """What ``knock.account`` is: the settings that Knock keeps for the whole account.

    Args:
        lock: held during every write.
    """

    def __init__(self, lock: AbstractContextManager[object] | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._defaults = AccountDefaults()

    @property
    def defaults(self) -> AccountDefaults:
        """Locale and time zone of recipients who have none."""
        return self._defaults

    def set_defaults(self, *, locale: str | None = None, timezone: str | None = None) -> None:
        """Set the defaults; what is left out stays.

        Args:
            locale: the locale of translations for recipients without one, and where theirs has none, such as ``en``
                or ``pt-BR``.
            timezone: a name of the tz database, such as ``Europe/Berlin``.

        Raises:
            UsageError: the locale has another form, or the time zone is unknown.
            UsageTypeError: an argument is no text.
        """
        given = {"locale": locale, "timezone": timezone}
        changes = {name: value for name, value in given.items() if value is not None}
        for name, value in changes.items():
            if not isinstance(value, str):
                raise UsageTypeError(f"account.set_defaults: {name} must be text, not {value!r}")
        if locale is not None and not is_locale(locale):
            raise UsageError(f"account.set_defaults: {locale!r} is no locale such as 'en' or 'pt-BR'")
        if timezone is not None:
            _check_zone(timezone)
        with self._lock:
            self._defaults = replace(self._defaults, **changes)


def is_locale(text: str) -> bool:
    """Whether a text has the form of a locale: a language, and whatever narrows it down."""
    return _LOCALE.fullmatch(text) is not None


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        remedy = "use a name of the tz database such as Europe/Berlin"
        raise UsageError(f"account.set_defaults: unknown time zone {name!r}; {remedy}") from error
