"""Filters that write numbers, money and dates as a locale does, by the data of Unicode's CLDR.

Non-breaking spaces become plain ones, so that a test can write what it expects (our choice).
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from liquid.exceptions import FilterArgumentError

from knock_fake.errors import nearest
from knock_fake.workflows.dialect.context import in_context
from knock_fake.workflows.dialect.dates import instant
from knock_fake.workflows.dialect.values import is_nothing, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from babel import Locale

    from knock_fake.workflows.dialect.context import Context

_Format: TypeAlias = Literal["short", "medium", "long", "full"]

FORMATS = ("short", "medium", "long", "full")
"""How long a date or a time of day is written (Knock's docs on Liquid helpers)."""

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})


@in_context
def format_date_in_locale(
    context: Context, value: object, locale: object = None, date_format: object = "short"
) -> object:
    """Write the date of an instant, in the offset that it comes with.

    A value that is no instant comes back unchanged, as from ``date``; one that is missing gives nothing.

    Raises:
        FilterArgumentError: the locale or the format is unknown.
    """
    from babel.dates import format_date

    language, form = _locale(locale), _form(date_format, "date_format")
    at = None if is_nothing(value) else instant(context, value)
    if at is None:
        return "" if is_nothing(value) else value
    return _plain_spaces(format_date(at, form, locale=language))


@in_context
def format_datetime_in_locale(
    context: Context, value: object, locale: object = None, date_format: object = "short", time_format: object = "short"
) -> object:
    """Write date and time of an instant, in the offset that it comes with, with a comma between them.

    A value that is no instant comes back unchanged, as from ``date``; one that is missing gives nothing.

    Raises:
        FilterArgumentError: the locale or a format is unknown.
    """
    from babel.dates import format_date, format_time

    language = _locale(locale)
    date_form, time_form = _form(date_format, "date_format"), _form(time_format, "time_format")
    at = None if is_nothing(value) else instant(context, value)
    if at is None:
        return "" if is_nothing(value) else value
    written = (format_date(at, date_form, locale=language), format_time(at, time_form, locale=language))
    return _plain_spaces(", ".join(written))


def format_number(value: object, locale: object = "en") -> object:
    """Write a number; one that is missing gives nothing.

    Raises:
        FilterArgumentError: the value is no number, or the locale is unknown.
    """
    from babel.numbers import format_decimal

    language = _locale(locale)
    return "" if is_nothing(value) else _plain_spaces(format_decimal(_number(value), locale=language))


def currency(value: object, code: object = "USD", locale: object = "en") -> object:
    """Write an amount of money with as many decimals as the currency has, two for most.

    Raises:
        FilterArgumentError: the value is no number, or currency or locale are unknown.
    """
    from babel.numbers import format_currency

    money, language = _currency(code), _locale(locale)
    return "" if is_nothing(value) else _plain_spaces(format_currency(_number(value), money, locale=language))


def rounded_currency(value: object, code: object = "USD", locale: object = "en") -> object:
    """Write an amount of money rounded to whole units; halves go to the even one (our choice).

    Raises:
        FilterArgumentError: the value is no number, or currency or locale are unknown.
    """
    money, language = _currency(code), _locale(locale)
    if is_nothing(value):
        return ""
    pattern = copy(language.currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    return _plain_spaces(pattern.apply(_number(value), language, currency=money, currency_digits=False))


def _plain_spaces(text: str) -> str:
    return text.translate(_SPACES)


def _number(value: object) -> Decimal:
    text = show_value(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise FilterArgumentError(f"needs a number, not {text!r}", token=None)
    return number


def _form(name: object, argument: str) -> _Format:
    if name not in FORMATS:
        remedy = nearest(str(name), FORMATS)
        raise FilterArgumentError(f"{argument} cannot be {show_value(name)!r}; {remedy}", token=None)
    return cast("_Format", name)


def _locale(name: object) -> Locale:
    if is_nothing(name):
        raise FilterArgumentError("needs a locale such as 'en-GB'", token=None)
    return _read_locale(show_value(name))


@lru_cache(maxsize=128)
def _read_locale(name: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise FilterArgumentError(f"unknown locale {name!r}; use one such as 'en-GB' or 'pt-BR'", token=None) from error


def _currency(code: object) -> str:
    from babel.numbers import is_currency

    text = show_value(code).upper()
    if not is_currency(text):
        problem = f"unknown currency {show_value(code)!r}; use a code of ISO 4217 such as 'GBP'"
        raise FilterArgumentError(problem, token=None)
    return text


LOCALE_FILTERS: Mapping[str, Callable[..., object]] = {
    "currency": currency,
    "format_date_in_locale": format_date_in_locale,
    "format_datetime_in_locale": format_datetime_in_locale,
    "format_number": format_number,
    "rounded_currency": rounded_currency,
}
"""The filters of this module by their name in templates."""
