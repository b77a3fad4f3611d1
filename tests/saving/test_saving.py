from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from knockapi import InternalServerError

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.saving.documents import read, write
from knock_fake.steps import delay, http_fetch, in_app_feed
from tests.property.deeds import Deed, histories, make_world, read_everything

if TYPE_CHECKING:
    from pathlib import Path

    from knock_fake.json_types import Json, JsonObject


def copied(world: KnockFake) -> KnockFake:
    """Return a world made from the file that another one was saved to."""
    copy = KnockFake()
    copy.become(read(write(world.to_json()), "world.json"))
    return copy


@settings(max_examples=25)
@given(histories, histories)
def test_a_saved_world_goes_on_as_the_one_it_was_saved_from(before: list[Deed], after: list[Deed]) -> None:
    world = make_world(3)
    for deed in before:
        deed(world)
    copy = copied(world)
    for one in (world, copy):
        one.clock.advance("1h")
    assert [deed(copy) for deed in after] == [deed(world) for deed in after]
    assert read_everything(copy) == read_everything(world)


@settings(max_examples=20)
@given(histories)
def test_saving_what_was_saved_gives_the_same_file(history: list[Deed]) -> None:
    world = make_world(3)
    for deed in history:
        deed(world)
    document = world.to_json()
    assert write(copied(world).to_json()) == write(document)


def test_a_world_is_saved_to_a_file_and_made_from_it(knock: KnockFake, tmp_path: Path) -> None:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi {{ recipient.name }}")])
    knock.rate_limits.enforce()
    knock.security.enhance()
    knock.client().workflows.trigger("later", recipients=[{"id": "jane", "name": "Jane"}])
    knock.save(tmp_path / "world.json")
    world = KnockFake.from_saved(tmp_path / "world.json")
    assert (world.clock.now, world.rate_limits.enforced, world.security.is_enhanced) == (knock.clock.now, True, True)
    assert str(world.clock.advance("1h")) == str(knock.clock.advance("1h"))
    assert [message.id for message in world.state.messages] == [message.id for message in knock.state.messages]
    world.reset()
    assert (len(world.users), world.workflows.keys()) == (0, [])


def test_a_world_can_be_saved_while_it_follows_another_clock_and_stands_still_when_loaded(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    world = KnockFake(time_source=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    world.save(tmp_path / "world.json")
    loaded = KnockFake.from_saved(tmp_path / "world.json")
    assert (loaded.clock.now, loaded.clock.is_manual) == (datetime(2026, 5, 1, tzinfo=UTC), True)


def test_what_was_asked_for_on_demand_is_saved_where_it_stands(knock: KnockFake) -> None:
    knock.workflows.add("ask", steps=[http_fetch("https://example.com/a"), in_app_feed("{{ data.n }}")])
    knock.responders.fetch("https://example.com/a", json={"n": 1}, times=1).then(json={"n": 2})
    knock.faults.fail("users.update", status=503, times=2)
    knock.delivery.bounce(channel="email")
    client = knock.client()
    client.workflows.trigger("ask", recipients=[{"id": "jane"}])
    with pytest.raises(InternalServerError):
        client.users.update("jane")
    copy = copied(knock)
    assert write(copy.to_json()) == write(knock.to_json())
    for world in (knock, copy):
        client = world.client()
        client.workflows.trigger("ask", recipients=["jane"])
        with pytest.raises(InternalServerError):
            client.users.update("jane")
        client.users.update("jane")
        assert [message.data["n"] for message in world.messages] == [1, 2]
        assert len(world.delivery.plans) == 1


def test_a_function_that_answers_fetches_cannot_be_saved(knock: KnockFake) -> None:
    knock.responders.fetch("https://example.com/a", answer=lambda request: {"url": request.url})
    with pytest.raises(UsageError, match=r"core\.responders\._http\[0\].*lambda.*cannot be saved"):
        knock.to_json()


def test_a_function_that_judges_calls_cannot_be_saved(knock: KnockFake) -> None:
    knock.faults.fail("users.update", status=503, when=lambda _attempt: True)
    with pytest.raises(UsageError, match=r"gateway\.faults.*lambda.*cannot be saved"):
        knock.to_json()


def test_a_function_of_the_users_cannot_be_saved(knock: KnockFake, tmp_path: Path) -> None:
    knock.clock.call_later(knock.clock.now - knock.clock.now, print, "mine")
    with pytest.raises(UsageError, match=r"gateway|core\.clock.*print.*cannot be saved: a saved world is data alone"):
        knock.save(tmp_path / "world.json")
    assert not (tmp_path / "world.json").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is no JSON"),
        (b"[]", r"is no saved world: knock\.save\(\.\.\.\) writes them"),
        (b'{"format": "knock_fake world", "revision": 99, "saved_by": "9.0"}', "revision 99, by version 9.0"),
        (
            (
                b'{"format": "knock_fake world", "revision": 2, "parts": {"core.clock": {}, "core.identifiers": {}, '
                b'"core.magic": {"a": 1}}}'
            ),
            r"this version has no core\.magic",
        ),
        (
            (
                b'{"format": "knock_fake world", "revision": 2, "parts": {"core.identifiers": {}, '
                b'"core.clock": {"_now": {"$type": "os.system"}}}}'
            ),
            r"this version has no 'os\.system'",
        ),
        (b'{"format": "knock_fake world", "revision": 2, "parts": {}}', "is no whole world: core.clock, core.id"),
        (b'{"format": "knock_fake world", "revision": 2, "parts": []}', "is no whole world"),
    ],
)
def test_a_file_that_is_no_saved_world_is_refused_and_changes_nothing(
    content: bytes, told: str, tmp_path: Path, knock: KnockFake
) -> None:
    (tmp_path / "world.json").write_bytes(content)
    with pytest.raises(UsageError, match=told):
        KnockFake.from_saved(tmp_path / "world.json")
    knock.client().users.update("jane")
    if b"parts" in content:
        with pytest.raises(UsageError, match=told):
            knock.become(orjson.loads(content))
        assert [user.id for user in knock.users] == ["jane"]


def test_paths_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.json does not exist$"):
        KnockFake.from_saved(tmp_path / "no.json")
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory$|cannot be read: Permission denied$"):
        KnockFake.from_saved(tmp_path)
    with pytest.raises(UsageError, match=r"cannot be written: (?!\[Errno)"):
        KnockFake().save(tmp_path)
    with pytest.raises(UsageError, match=r"cannot be written: the directory .*no does not exist$"):
        KnockFake().save(tmp_path / "no" / "world.json")
    with pytest.raises(UsageTypeError, match="a world is saved to a path, not int 7"):
        KnockFake().save(7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        (5, "core.clock must be an object, not 5"),
        ({"_now": {"$type": "datetime"}}, r"core.clock cannot be made .* \(KeyError: 'at'\)"),
        ({"_now": {"$type": "datetime", "at": "soon"}}, r"core.clock cannot be made .* \(ValueError: "),
        ({"_now": {"$type": "same", "number": 10_000}}, r"core.clock cannot be made .* \(KeyError: 10000\)"),
        ({"_now": {"$type": "set", "items": [[1]]}}, r"core.clock cannot be made .* \(TypeError: "),
    ],
)
def test_a_saved_world_that_was_damaged_is_refused_and_changes_nothing(
    clock: Json, told: str, knock: KnockFake
) -> None:
    document = knock.to_json()
    parts = document["parts"]
    assert isinstance(parts, dict)
    knock.client().users.update("jane")
    with pytest.raises(UsageError, match=f"the saved world is damaged: {told}"):
        knock.become({**document, "parts": {**parts, "core.clock": clock}})
    assert [user.id for user in knock.users] == ["jane"]


@pytest.mark.parametrize(
    ("part", "attribute", "value", "told"),
    [
        ("core.clock", "_now", 5, "core.clock._now must be datetime, not 5"),
        ("core.clock", "_later", 1, "core.clock._later"),
        ("core.clock", "_created", True, "core.clock._created must be int, not True"),
        ("core.state.variables", "_values", [], "core.state.variables._values must be dict, not []"),
        ("core.state.waits", "_by_key", {"$type": "index", "items": {}}, "core.state.waits._by_key.items must be list"),
    ],
)
def test_a_saved_world_with_a_value_of_another_type_is_refused_by_its_place(
    knock: KnockFake, part: str, attribute: str, value: Json, told: str
) -> None:
    document = orjson.loads(write(knock.to_json()))
    document["parts"].setdefault(part, {})[attribute] = value
    with pytest.raises(UsageError) as refused:
        knock.become(document)
    assert told in str(refused.value)


JANE = "core.state.recipients._by_collection[0][1][0]"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sequence": "1"}, f"the saved world is damaged: {JANE}.sequence must be int, not '1'"),
        ({"properties": None}, f"the saved world is damaged: {JANE}.properties must be JsonObject, not None"),
        ({"propertys": {}}, f"this version has no {JANE}.propertys: the world was saved by another one"),
        ({"sequence": ...}, f"the saved world is damaged: {JANE} lacks sequence"),
        (
            {"reference": {"$type": "state.references.Reference", "items": ["$users", 7]}},
            f"the saved world is damaged: {JANE}.reference.id must be str, not 7",
        ),
    ],
)
def test_a_record_with_what_it_cannot_have_is_refused_by_its_place(
    knock: KnockFake, change: dict[str, object], told: str
) -> None:
    knock.client().users.update("jane")
    document = orjson.loads(write(knock.to_json()))
    held = document["parts"]["core.state.recipients"]["_by_collection"]["items"][0][1][0]["has"]
    held.update(change)
    document["parts"]["core.state.recipients"]["_by_collection"]["items"][0][1][0]["has"] = {
        name: value for name, value in held.items() if value is not ...
    }
    with pytest.raises(UsageError, match="^" + re.escape(told) + "$"):
        knock.become(document)


def test_a_world_becomes_no_saved_one_of_another_revision(knock: KnockFake) -> None:
    with pytest.raises(UsageError, match="the document was saved in revision 99, by version "):
        knock.become({**knock.to_json(), "revision": 99})


def test_steps_that_leave_their_type_to_their_channel_are_saved(knock: KnockFake) -> None:
    step: JsonObject = {"type": "channel", "channel_key": "in-app-feed", "template": {"markdown_body": "Hi"}}
    unmade: list[Json] = [{**step, "channel_key": "x", "channel_type": one} for one in ("in_app_feed", "chat")]
    knock.workflows.add_json("hello", {"steps": [step, *unmade]})
    copy = copied(knock)
    copy.client().workflows.trigger("hello", recipients=[{"id": "jane"}])
    assert copy.messages.one().channel.key == "in-app-feed"
    assert copied(copy).to_json() == copy.to_json()
