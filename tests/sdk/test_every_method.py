"""Every method of the real clients is called once, and its answer is what the client declares that it returns."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, get_type_hints

import pytest
from knockapi._base_client import BaseAsyncPage, BaseSyncPage
from pydantic import TypeAdapter

from knock_fake import KnockFake
from tests.contract.answers import BY_NAME
from tests.contract.shapes import node_of, shapes
from tests.sdk.table import CALLS, methods_of
from tests.worlds import full_world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import knockapi

    from knock_fake.gateway.journal import Entry
    from tests.sdk.table import SdkCall

every_method = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
TRANSPORT_OPTIONS = {"extra_headers", "extra_query", "extra_body", "timeout", "idempotency_key"}
SPELT_OTHERWISE = {"_persistence_strategy": "__persistence_strategy__"}
CLIENT = KnockFake().client()
PAGED = [call for call in CALLS if "page_size" in inspect.signature(methods_of(CLIENT)[call.method]).parameters]


def declared_return(method: Callable[..., object]) -> type[object]:
    returned: type[object] = get_type_hints(method, vars(inspect.getmodule(method)))["return"]
    return returned


def check(call: SdkCall, entry: Entry, method: Callable[..., object], answer: object) -> None:
    assert (entry.operation, entry.reply.status) == (call.reached, BY_NAME[call.reached].status)
    expected = declared_return(method)
    if expected is type(None):
        assert answer is None
    else:  # the client itself takes what it gets; pydantic is strict about what is missing or of another type
        TypeAdapter(expected).validate_json(entry.reply.body)
        assert answer is not None


@every_method
def test_the_client_gets_what_it_declares(call: SdkCall) -> None:
    world = full_world()
    method = methods_of(world.client())[call.method]
    answer = method(*call.args, **call.options)
    check(call, world.journal.last(1)[0], method, answer)


@every_method
def test_the_asynchronous_client_gets_what_it_declares(call: SdkCall) -> None:
    world = full_world()

    async def ask() -> tuple[Callable[..., object], object]:
        async with world.async_client() as client:
            method = methods_of(client)[call.method]
            asked: Awaitable[object] = method(*call.args, **call.options)  # type: ignore[assignment]
            return method, await asked

    method, answer = asyncio.run(ask())
    if isinstance(answer, BaseAsyncPage):  # declared as a paginator, which is awaited for its page
        assert (world.journal.last(1)[0].operation, answer.next_page_info()) == (call.reached, None)
    else:
        check(call, world.journal.last(1)[0], method, answer)


@every_method
def test_a_raw_response_holds_the_same_answer(call: SdkCall) -> None:
    plain, raw = full_world(), full_world()
    resource, _, name = call.method.rpartition(".")
    answer = methods_of(plain.client())[call.method](*call.args, **call.options)
    owner: object = raw.client()
    for part in (*resource.split("."), "with_raw_response"):
        owner = getattr(owner, part)
    response = getattr(owner, name)(*call.args, **call.options)
    assert response.http_response.status_code == BY_NAME[call.reached].status
    assert response.headers["x-request-id"] == response.http_response.headers["x-request-id"] != ""
    parsed = response.parse()
    assert parsed == answer if not isinstance(answer, BaseSyncPage) else type(parsed) is type(answer)


@pytest.mark.parametrize("call", PAGED, ids=lambda call: call.method)
def test_pages_of_one_read_like_the_whole_list(call: SdkCall) -> None:
    world = full_world()
    method = methods_of(world.client())[call.method]
    whole, single = method(*call.args, **call.options), method(*call.args, page_size=1, **call.options)
    assert isinstance(whole, BaseSyncPage)
    assert isinstance(single, BaseSyncPage)
    entries = [*whole]
    calls = len(world.journal)
    assert [*single] == entries != []
    assert len(world.journal) - calls == len(entries) - 1


@pytest.mark.parametrize("call", PAGED, ids=lambda call: call.method)
def test_asynchronous_pages_of_one_read_like_the_whole_list(call: SdkCall) -> None:
    world = full_world()
    whole = methods_of(world.client())[call.method](*call.args, **call.options)
    assert isinstance(whole, BaseSyncPage)

    async def read() -> list[object]:
        async with world.async_client() as client:
            pages = methods_of(client)[call.method](*call.args, page_size=1, **call.options)
            return [one async for one in pages]  # type: ignore[attr-defined]

    assert asyncio.run(read()) == [*whole]


def test_no_method_of_either_client_is_left_out() -> None:
    world = KnockFake()

    async def names() -> set[str]:
        async with world.async_client() as client:
            return {*methods_of(client)}

    called = [call.method for call in CALLS]
    assert len(called) == len({*called})
    assert {*called} == {*methods_of(world.client())} == asyncio.run(names())


@every_method
def test_every_option_of_the_client_is_known_to_the_operation(call: SdkCall) -> None:
    operation = BY_NAME[call.reached]
    signature = inspect.signature(methods_of(CLIENT)[call.method])
    options = {name for name, one in signature.parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    schemas = [name for name in (operation.body_schema, operation.query_schema) if name is not None]
    known = {key for name in schemas for shape in shapes(node_of(name)) for key in shape.properties}
    assert {SPELT_OTHERWISE.get(name, name) for name in options - TRANSPORT_OPTIONS} <= known


def test_the_streaming_response_is_read_in_one_piece() -> None:
    client: knockapi.Knock = full_world().client()
    with client.users.with_streaming_response.get("jane") as response:
        assert response.parse().name == "Jane"
