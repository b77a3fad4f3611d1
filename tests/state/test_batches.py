from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from knock_fake.identifiers import Identifiers
from knock_fake.state.activities import Activity
from knock_fake.state.batches import BatchIdentity, BatchStore
from knock_fake.state.packed import pack
from knock_fake.state.references import user

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
IDENTITY = BatchIdentity("digest", user("jane"), "", "version-1", "batch_1")
OTHER = BatchIdentity("digest", user("john"), "", "version-1", "batch_1")


def activity(number: int) -> Activity:
    return Activity(number, None, user("jane"), pack({"n": number}), NOW)


@pytest.fixture
def batches() -> BatchStore:
    return BatchStore(Identifiers(0))


def test_the_run_that_brings_the_first_activity_holds_the_batch(batches: BatchStore) -> None:
    batch = batches.open(IDENTITY, NOW, LATER)
    assert (batch.holder, batches.find(IDENTITY, NOW), batches.find(OTHER, NOW)) == (None, batch, None)
    batches.add(batch, "run-1", activity(1))
    batches.add(batch, "run-2", activity(2))
    assert (batch.holder, batches.held_by("run-1"), batches.held_by("run-2")) == ("run-1", batch, None)
    assert [batches.open_one_with(run) for run in ("run-1", "run-2", "run-3")] == [batch, batch, None]


def test_what_is_removed_is_gone_and_its_holder_stays(batches: BatchStore) -> None:
    batch = batches.open(IDENTITY, NOW, LATER)
    batches.add(batch, "run-1", activity(1))
    assert [batches.remove(batch, "run-1") for _ in range(2)] == [True, False]
    assert (batch.activities, batches.open_one_with("run-1")) == ({}, batch)


def test_a_closed_batch_waits_for_its_holder_while_the_next_one_is_open(batches: BatchStore) -> None:
    closed = batches.open(IDENTITY, NOW, LATER)
    batches.add(closed, "run-1", activity(1))
    batches.close(closed, "it is full")
    assert (batches.is_open(closed), batches.find(IDENTITY, NOW), closed.closed_because) == (False, None, "it is full")
    following = batches.open(IDENTITY, NOW, LATER)
    batches.add(following, "run-2", activity(2))
    assert (batches.held_by("run-1"), batches.open_one_with("run-1")) == (closed, None)
    batches.let_go_of("run-1")
    assert (batches.held_by("run-1"), batches.find(IDENTITY, NOW), [*batches]) == (None, following, [following])


def test_a_batch_that_nobody_holds_is_over_when_its_time_is(batches: BatchStore) -> None:
    batch = batches.open(IDENTITY, NOW, LATER)
    assert batches.find(IDENTITY, LATER - timedelta(microseconds=1)) is batch
    assert (batches.find(IDENTITY, LATER), len(batches)) == (None, 0)


def test_a_batch_with_a_holder_stays_until_it_is_closed(batches: BatchStore) -> None:
    batch = batches.open(IDENTITY, NOW, LATER)
    batches.add(batch, "run-1", activity(1))
    assert batches.find(IDENTITY, LATER) is batch


def test_letting_go_of_an_open_batch_closes_it(batches: BatchStore) -> None:
    batch = batches.open(IDENTITY, NOW, LATER)
    batches.add(batch, "run-1", activity(1))
    batches.add(batch, "run-2", activity(2))
    batches.let_go_of("run-2")
    assert len(batches) == 1
    batches.let_go_of("run-1")
    assert (len(batches), batches.open_one_with("run-2"), batches.held_by("run-1")) == (0, None, None)


def test_the_batches_of_a_recipient_can_be_forgotten(batches: BatchStore) -> None:
    closed = batches.open(IDENTITY, NOW, LATER)
    batches.add(closed, "run-1", activity(1))
    batches.close(closed, "it is full")
    for identity, run in ((IDENTITY, "run-2"), (OTHER, "run-3")):
        batches.add(batches.open(identity, NOW, LATER), run, activity(2))
    batches.delete_of(user("jane"))
    assert [batch.identity for batch in batches] == [OTHER]
    assert [batches.held_by(run) is None for run in ("run-1", "run-2", "run-3")] == [True, True, False]
