"""Translations: files by locale, namespace and tenant, merged in order of precedence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.library.translations import TranslationRegistry
from knock_fake.workflows.scopes import Reader

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject


def reader(locale: str | None, tenant: str | None = None, default: str = "en") -> Reader:
    return Reader(locale, default, tenant)


@pytest.fixture
def translations() -> TranslationRegistry:
    registry = TranslationRegistry()
    registry.add("en", {"greeting": "Hello", "farewell": "Bye", "thanks": "Thanks", "one": "1", "two": "2", "six": "6"})
    registry.add("fr", {"greeting": "Bonjour", "farewell": "Au revoir", "thanks": "Merci", "one": "un", "two": "deux"})
    registry.add("fr-BE", {"greeting": "Bonjour !", "farewell": "Salut", "thanks": "Merci !", "one": "un !"})
    registry.add("en", {"greeting": "Hello from Acme", "farewell": "Acme says bye", "thanks": "A"}, tenant="acme")
    registry.add("fr", {"greeting": "Bonjour de la part d'Acme", "farewell": "Acme vous salue"}, tenant="acme")
    registry.add("fr_BE", {"greeting": "Bonjour d'Acme, Belgique"}, tenant="acme")
    return registry


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("greeting", "Bonjour d'Acme, Belgique"),
        ("farewell", "Acme vous salue"),
        ("thanks", "A"),
        ("one", "un !"),
        ("two", "deux"),
        ("six", "6"),
        ("seven", None),
    ],
)
def test_the_tenant_goes_before_all_others_and_the_region_before_the_language(
    translations: TranslationRegistry, key: str, found: str | None
) -> None:
    assert translations.find(key, reader("fr-BE", "acme")) == found


@pytest.mark.parametrize(
    ("locale", "tenant", "found"),
    [
        ("fr-BE", None, "Bonjour !"),
        ("FR_be", None, "Bonjour !"),
        ("fr", None, "Bonjour"),
        ("fr-CA", None, "Bonjour"),
        ("de", None, "Hello"),
        (None, None, "Hello"),
        ("de", "acme", "Hello from Acme"),
        ("fr", "another", "Bonjour"),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_the_default(
    translations: TranslationRegistry, locale: str | None, tenant: str | None, found: str
) -> None:
    assert translations.find("greeting", reader(locale, tenant)) == found


def test_files_are_merged_at_every_level() -> None:
    translations = TranslationRegistry()
    translations.add("en", {"orders": {"shipped": {"zero": "none", "one": "one", "other": "many"}, "late": "late"}})
    translations.add("fr", {"orders": {"shipped": {"one": "une", "other": "plusieurs"}}})
    assert translations.find("orders", reader("fr")) == {
        "shipped": {"zero": "none", "one": "une", "other": "plusieurs"},
        "late": "late",
    }


def test_a_namespace_keeps_equal_keys_apart() -> None:
    translations = TranslationRegistry()
    translations.add("en", {"canceled": "Cancelled", "shipping:odd": "A key with a colon"})
    translations.add("en", {"canceled": "Your payment was cancelled"}, namespace="payments")
    assert translations.find("payments:canceled", reader("en")) == "Your payment was cancelled"
    assert translations.find("canceled", reader("en")) == "Cancelled"
    assert translations.find("shipping:odd", reader("en")) == "A key with a colon"


def test_a_key_may_hold_dots_itself() -> None:
    translations = TranslationRegistry()
    translations.add("en", {"a.b": "flat", "a": {"b": "nested", "c": "nested, too"}})
    assert [translations.find(key, reader("en")) for key in ("a.b", "a.c", "a.d")] == ["flat", "nested, too", None]


def test_a_new_version_takes_the_place_of_the_one_before() -> None:
    translations = TranslationRegistry()
    first = translations.add("en", {"title": "Old"})
    assert translations.find("title", reader("en")) == "Old"
    translations.add("en", {"title": "New"})
    assert translations.find("title", reader("en")) == "New"
    assert (translations.commit(first), translations.commit(first)) == (True, False)
    assert (translations.keys(), len(translations)) == (["en"], 1)


def test_translations_are_told_by_their_refs(translations: TranslationRegistry) -> None:
    translations.add("en", {}, namespace="admin")
    translations.add("en", {}, namespace="admin", tenant="acme")
    assert translations.keys() == ["en", "fr", "fr-BE", "acme:en", "acme:fr", "acme:fr_BE", "admin.en", "acme:admin.en"]
    found = translations.get("FR", tenant="acme")
    assert repr(found) == "<Translation 'acme:fr', keys: 2>"
    assert translations.get("en", namespace="shop") is None


@pytest.mark.parametrize(
    ("locale", "content", "namespace", "message"),
    [
        ("english!", {}, None, "translation 'english!': no locale such as 'en' or 'pt-BR'"),
        (None, {}, None, "translation None: no locale such as 'en' or 'pt-BR'"),
        ("en", [], None, "translation 'en': must be an object, not []"),
        ("en", {"a": {"b": 1}}, None, "translation 'en'.a.b: must be text or an object of texts, not 1"),
        (
            "en",
            {"a": "{{ name"},
            "admin",
            "translation 'admin.en'.a, line 1: expected '}}', found end of file, at '{{ name'",
        ),
        (
            "en",
            {},
            "a:b",
            "translation 'en': 'a:b' is no namespace: it must be text without '.', ':', '/'",
        ),
    ],
)
def test_what_is_no_translation_is_refused(
    locale: str, content: JsonObject, namespace: str | None, message: str
) -> None:
    translations = TranslationRegistry()
    with pytest.raises(WorkflowDefinitionError) as refusal:
        translations.add(locale, content, namespace=namespace)
    assert str(refusal.value) == message
    assert len(translations) == 0


_texts = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y"]), max_size=3)
_nested = st.dictionaries(st.sampled_from("abc"), st.one_of(st.sampled_from(["x", "y"]), _texts), max_size=3)


@given(region=_nested, language=_nested, default=_nested)
def test_every_key_comes_from_the_nearest_file_that_has_it(
    region: JsonObject, language: JsonObject, default: JsonObject
) -> None:
    translations = TranslationRegistry()
    for locale, content in (("en", default), ("fr", language), ("fr-be", region)):
        translations.add(locale, content)
    for key in "abc":
        nearest = next((file[key] for file in (region, language, default) if key in file), None)
        found = translations.find(key, reader("fr-BE"))
        if isinstance(nearest, dict):
            assert isinstance(found, dict)
            assert nearest.items() <= found.items()
        else:
            assert found == nearest
