from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.faults import ErrorAnswer, Fault, GarbledAnswer, Latency, NetworkFailure, fail, rate_limit
from knock_fake.gateway.disruption import FAILURES
from knock_fake.gateway.faults.effects import CODES, GARBLINGS
from knock_fake.schema_files import BASE_URI, read_schema, schema_names
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from knock_fake.gateway.faults.effects import Effect

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=365))
names = st.text(min_size=1, max_size=5)
effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(
        ErrorAnswer,
        st.integers(400, 599) | st.none(),
        st.sampled_from(sorted(CODES)),
        names | st.none(),
        lengths | st.none(),
        st.booleans() | st.none(),
    ),
    st.builds(Latency, lengths, st.booleans()),
    st.builds(NetworkFailure, st.sampled_from([one for one in FAILURES if one != "incomplete_body"])),
    st.builds(NetworkFailure, st.sampled_from(["read_timeout", "incomplete_body"]), st.just(True)),
    st.builds(GarbledAnswer, st.sampled_from(GARBLINGS)),
)
occasions = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "api_key": names,
        "recipient": st.builds(Reference, names, names),
        "workflow": names,
        "body": st.dictionaries(names, st.integers(0, 5) | st.lists(names, max_size=2), max_size=3),
        "after": st.integers(0, 5),
        "times": st.integers(1, 5),
        "since": st.datetimes(timezones=st.just(UTC), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001 - hypothesis wants it
        "lasting": lengths,
        "probability": st.floats(0, 1, exclude_min=True),
    },
)
faults = st.builds(
    lambda effect, targets, occasion: Fault(effect, targets, **occasion),
    effects,
    st.lists(names, min_size=1, max_size=3),
    occasions,
)


def schema() -> Draft202012Validator:
    resources = [(f"{BASE_URI}{name}.json", Resource.from_contents(read_schema(name))) for name in schema_names()]
    registry = Registry().with_resources(resources)
    return Draft202012Validator({"$ref": f"{BASE_URI}faults.json#/$defs/fault"}, registry=registry)


@given(faults)
def test_a_fault_is_the_same_after_a_way_through_json(fault: Fault) -> None:
    document = fault.to_json()
    assert Fault.from_json(document) == fault
    assert schema().is_valid(document)


def test_json_holds_what_is_not_usual_alone() -> None:
    fault = fail("users.update", status=503, retry_after="250ms", recipient="jane", since=NOON)
    assert fault.to_json() == {
        "effect": {"type": "error", "status": 503, "retry_after": "0.25s"},
        "targets": ["users.update"],
        "recipient": "jane",
        "since": "2026-01-01T12:00:00.000000Z",
    }


def test_json_may_be_written_as_arguments_are() -> None:
    document = {
        "effect": {"type": "error", "status": 429, "retry_after": "1s"},
        "targets": "users.update",
        "nth": 2,
        "lasting": "5m",
    }
    assert Fault.from_json(document) == rate_limit("users.update", nth=2, lasting="5m")


@pytest.mark.parametrize("fault", [fail(when=lambda _: True), fail(body=lambda _: True)])
def test_json_cannot_hold_functions(fault: Fault) -> None:
    with pytest.raises(UsageError) as error:
        fault.to_json()
    assert str(error.value) == (
        "500 on every call: JSON cannot hold the functions of body= and when=; write body= as a dictionary"
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "fault: effect is required"),
        ({"effect": {"type": "errr"}}, "fault: effect.type must be one of error, latency, failure, garble"),
        ({"effect": {"type": "error", "status": 200}}, "fault: effect.status must be at least 400"),
        ({"effect": {"type": "error", "sttus": 400}}, "fault: effect.sttus is not a known key; did you mean 'status'?"),
        ({"effect": {"type": "latency"}}, "fault: effect.length is required"),
        (
            {"effect": {"type": "latency", "length": "soon"}},
            "effect.length: 'soon' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'",
        ),
        (
            {"effect": {"type": "error"}, "times": 0, "recipient": {"id": "x"}},
            "fault: times must be at least 1; recipient.collection is required",
        ),
        ({"effect": {"type": "error"}, "tims": 1}, "fault: unknown key 'tims'; did you mean 'times'?"),
        (
            {"effect": {"type": "error"}, "times": 1, "nth": 1},
            "nth says exactly which calls are struck: leave out times and after",
        ),
    ],
)
def test_json_that_does_not_fit_is_refused(document: object, message: str) -> None:
    with pytest.raises(UsageError) as error:
        Fault.from_json(document)
    assert str(error.value) == message


def test_json_must_be_an_object() -> None:
    with pytest.raises(UsageTypeError) as error:
        Fault.from_json([])
    assert str(error.value) == "fault: must be a dictionary, not list"
