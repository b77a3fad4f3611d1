from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from knock_fake.identifiers import KSUID_EPOCH, Identifiers

if TYPE_CHECKING:
    import pytest

START = datetime(2026, 1, 1, tzinfo=UTC)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

sequences = st.integers(0, 2**40)


def decoded(ksuid: str) -> int:
    number = 0
    for character in ksuid:
        number = number * 62 + DIGITS.index(character)
    return number


def test_sequence_numbers_rise_by_one() -> None:
    identifiers = Identifiers(seed=0)
    assert [identifiers.next_sequence() for _ in range(3)] == [1, 2, 3]
    assert identifiers.last == 3


@given(st.integers(), sequences)
def test_one_seed_gives_one_set_of_identifiers(seed: int, sequence: int) -> None:
    one, other = Identifiers(seed), Identifiers(seed)
    assert one.ksuid(sequence, START) == other.ksuid(sequence, START)
    assert one.uuid(sequence) == other.uuid(sequence)
    assert one.request_id(sequence) == other.request_id(sequence)
    assert one.fraction(sequence, b"jitter") == other.fraction(sequence, b"jitter")


@given(st.sets(st.integers(), min_size=2, max_size=2), sequences)
def test_another_seed_gives_other_identifiers(seeds: set[int], sequence: int) -> None:
    one, other = map(Identifiers, seeds)
    assert one.ksuid(sequence, START) != other.ksuid(sequence, START)
    assert one.uuid(sequence) != other.uuid(sequence)
    assert one.request_id(sequence) != other.request_id(sequence)


def test_purposes_give_one_number_several_ksuids() -> None:
    identifiers = Identifiers(1)
    made = {identifiers.ksuid(1, START, purpose) for purpose in (b"ksuid", b"event 1", b"event 12345678", b"attempt 1")}
    assert len(made) == 4
    assert identifiers.ksuid(1, START) in made


@given(sequences, st.integers(0, 2**32 - 1))
def test_a_ksuid_holds_its_second(sequence: int, seconds: int) -> None:
    at = datetime.fromtimestamp(KSUID_EPOCH + seconds, UTC)
    ksuid = Identifiers(1).ksuid(sequence, at)
    assert re.fullmatch("[0-9A-Za-z]{27}", ksuid)
    assert decoded(ksuid) >> 128 == seconds


@given(st.lists(st.tuples(sequences, st.integers(0, 10**9)), min_size=2, max_size=2))
def test_ksuids_sort_by_their_second(made: list[tuple[int, int]]) -> None:
    identifiers = Identifiers(1)
    (one, early), (other, late) = sorted(made, key=lambda pair: pair[1])
    first = identifiers.ksuid(one, START + timedelta(seconds=early))
    second = identifiers.ksuid(other, START + timedelta(seconds=late))
    assert first < second if early < late else first[:4] == second[:4]


@given(sequences)
def test_a_uuid_is_of_version_four(sequence: int) -> None:
    shown = Identifiers(1).uuid(sequence)
    read = UUID(shown)
    assert (str(read), read.version, read.variant) == (shown, 4, "specified in RFC 4122")


def test_purposes_give_one_sequence_number_several_uuids() -> None:
    identifiers = Identifiers(1)
    assert identifiers.uuid(1) == identifiers.uuid(1, b"uuid")
    assert identifiers.uuid(1) != identifiers.uuid(1, b"delivery")


@given(sequences)
def test_a_request_id_is_twenty_url_safe_characters(number: int) -> None:
    assert re.fullmatch("[0-9A-Za-z_-]{20}", Identifiers(1).request_id(number))


def test_ten_thousand_identifiers_of_a_kind_all_differ() -> None:
    identifiers = Identifiers(1)
    numbers = range(1, 10_001)
    assert len({identifiers.ksuid(number, START) for number in numbers}) == 10_000
    assert len({identifiers.uuid(number) for number in numbers}) == 10_000
    assert len({identifiers.request_id(number) for number in numbers}) == 10_000


@given(sequences)
def test_a_fraction_lies_between_zero_and_one(sequence: int) -> None:
    assert 0 <= Identifiers(1).fraction(sequence, b"jitter") < 1


def test_the_largest_fraction_is_still_below_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Identifiers, "_bits", lambda *_: b"\xff" * 7)
    assert Identifiers(1).fraction(1, b"jitter") == 1 - 2**-53


def test_identifiers_stay_what_they_were() -> None:
    identifiers = Identifiers(seed=42)
    assert identifiers.ksuid(1, START) == "37dGas9PkOxJ3R8NwyYByTtOlg9"
    assert identifiers.uuid(1) == "ea0e143b-402c-4062-8492-cbe09edfd76f"
    assert identifiers.request_id(1) == "qE7pB5M0CwPWTPNvzdWZ"
