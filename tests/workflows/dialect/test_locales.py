"""Numbers, money and dates as locales write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.templating import TemplateError, compile_template

PLACE = "workflow 'x': steps[0].template.text_body"
# Knock's docs on Liquid helpers list these.
KNOCKS_LOCALES = (
    "af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "de-DE", "el", "en", "en-US",
    "en-GB", "eo", "es", "es-419", "et", "eu", "fa", "fi", "fr", "fr-CA", "fr-FR", "gl", "he", "hi", "hr", "hu",
    "id", "is", "it", "ja", "ja-JP", "ka", "km", "kn", "ko", "lb", "lo", "lt", "lv", "mk", "ml", "mn", "mr",
    "ms", "nb", "ne", "nl", "nn", "no", "or", "pa", "pl", "pl-PL", "pt", "pt-BR", "rm", "ro", "ru", "sk", "sl",
    "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "tt", "ug", "uk", "ur", "uz", "vi", "wo", "zh", "zh-CN",
    "zh-Hans", "zh-Hant",
)  # fmt: skip


def render(source: str, **variables: object) -> str:
    scope = {"timestamp": "2023-12-31T14:30:45Z", "at": "2023-12-31T14:30:45+01:00", **variables}
    return compile_template(source, PLACE).render(scope)


@pytest.mark.parametrize(
    ("locale", "form", "date", "time"),
    [
        ("en-US", "short", "12/31/23", "2:30 PM"),
        ("en-US", "medium", "Dec 31, 2023", "2:30:45 PM"),
        ("en-US", "long", "December 31, 2023", "2:30:45 PM UTC"),
        ("en-US", "full", "Sunday, December 31, 2023", "2:30:45 PM Coordinated Universal Time"),
        ("en-GB", "short", "31/12/2023", "14:30"),
        ("en-GB", "medium", "31 Dec 2023", "14:30:45"),
        ("en-GB", "long", "31 December 2023", "14:30:45 UTC"),
        ("en-GB", "full", "Sunday, 31 December 2023", "14:30:45 Coordinated Universal Time"),
        ("de", "full", "Sonntag, 31. Dezember 2023", "14:30:45 Koordinierte Weltzeit"),
        ("fr_FR", "long", "31 décembre 2023", "14:30:45 TU"),
    ],
)
def test_dates_and_times_are_written_as_in_knocks_samples(locale: str, form: str, date: str, time: str) -> None:
    assert render(f"{{{{ timestamp | format_date_in_locale: '{locale}', '{form}' }}}}") == date
    both = f"{{{{ timestamp | format_datetime_in_locale: '{locale}', '{form}', '{form}' }}}}"
    assert render(both) == f"{date}, {time}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ timestamp | format_date_in_locale: 'en-US' }}", "12/31/23"),
        ("{{ timestamp | format_datetime_in_locale: 'en-US' }}", "12/31/23, 2:30 PM"),
        ("{{ at | format_datetime_in_locale: 'en-GB', 'medium', 'short' }}", "31 Dec 2023, 14:30"),
        ("{{ 'now' | format_date_in_locale: 'en-GB' }}", "31/12/2023"),
        ("{{ 'soon' | format_date_in_locale: 'en' }}{{ 'soon' | format_datetime_in_locale: 'en' }}", "soonsoon"),
        ("[{{ nope | format_date_in_locale: 'en' }}{{ nil | format_datetime_in_locale: 'en' }}]", "[]"),
        ("{{ 10000 | format_number: 'en' }}", "10,000"),
        ("{{ '10000' | format_number: 'de' }}", "10.000"),
        ("{{ 10000 | format_number: 'fr' }}", "10 000"),
        ("{{ 1234567 | format_number: 'hi' }}", "12,34,567"),
        ("{{ 10000 | format_number }}{{ nope | format_number }}", "10,000"),
        ("{{ 10 | currency: 'GBP', 'en' }}", "£10.00"),
        ("{{ 10 | currency }}", "$10.00"),
        ("{{ '1234.5' | currency: 'eur', 'de' }}", "1.234,50 €"),
        ("{{ 10 | currency: 'JPY' }}{{ nope | currency }}", "¥10"),
        ("{{ 10.99 | rounded_currency: 'GBP', 'en' }}", "£11"),
        ("{{ 1234.5 | rounded_currency }}{{ nope | rounded_currency }}", "$1,234"),
        ("{{ 1235.5 | rounded_currency: 'EUR', 'fr' }}", "1 236 €"),
    ],
)
def test_values_are_written_as_the_locale_does(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize("locale", KNOCKS_LOCALES)
def test_every_locale_of_knocks_is_known(locale: str) -> None:
    written = render(
        f"{{{{ 1234.5 | currency: 'EUR', '{locale}' }}}} {{{{ 1234 | format_number: '{locale}' }}}} "
        f"{{{{ timestamp | format_datetime_in_locale: '{locale}', 'full', 'short' }}}}"
    )
    assert not {"\u00a0", "\u202f", "\u2009"} & {*written}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ 'x' | currency }}", "filter 'currency': needs a number, not 'x'"),
        ("{{ true | format_number }}", "filter 'format_number': needs a number, not 'true'"),
        (
            "{{ 3 | currency: 'ABC' }}",
            "filter 'currency': unknown currency 'ABC'; use a code of ISO 4217 such as 'GBP'",
        ),
        (
            "{{ 3 | rounded_currency: 'EUR', 'klingon' }}",
            "filter 'rounded_currency': unknown locale 'klingon'; use one such as 'en-GB' or 'pt-BR'",
        ),
        ("{{ timestamp | format_date_in_locale }}", "filter 'format_date_in_locale': needs a locale such as 'en-GB'"),
        (
            "{{ timestamp | format_date_in_locale: 'en', 'longer' }}",
            "filter 'format_date_in_locale': date_format cannot be 'longer'; did you mean 'long'?",
        ),
        (
            "{{ timestamp | format_datetime_in_locale: 'en', 'long', 'hug' }}",
            "filter 'format_datetime_in_locale': time_format cannot be 'hug'; known: 'full', 'long', 'medium', 'short'",
        ),
    ],
)
def test_what_no_locale_can_write_is_an_error(source: str, problem: str) -> None:
    with pytest.raises(TemplateError) as failure:
        render(source)
    assert failure.value.message == problem


@given(st.integers(-(10**15), 10**15))
def test_a_number_keeps_its_digits(number: int) -> None:
    written = render("{{ number | format_number: 'en' }}", number=number)
    assert int(written.replace(",", "")) == number


@given(st.integers(-(10**9), 10**9))
def test_whole_amounts_are_rounded_to_themselves(amount: int) -> None:
    exact = render("{{ amount | currency }}", amount=amount)
    rounded = render("{{ amount | rounded_currency }}", amount=amount)
    assert exact == f"{rounded}.00"
