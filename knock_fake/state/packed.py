"""JSON that is kept and seldom looked at, in as little memory as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType, overload

import orjson

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

Packed = NewType("Packed", bytes)
"""One value of JSON as its text; it cannot change, and values that were written alike have equal texts.

A dictionary takes 184 bytes before there is anything in it, and a world keeps several for every message.
"""


@overload
def pack(value: JsonObject) -> Packed: ...
@overload
def pack(value: Json) -> Packed | None: ...
def pack(value: Json) -> Packed | None:
    """Return a value packed; what is ``None`` stays it.

    Raises:
        TypeError: it is no JSON.
    """
    # orjson writes into a larger buffer, which what it returns goes on to occupy: only a copy has the right size.
    return None if value is None else Packed(memoryview(orjson.dumps(value)).tobytes())


def unpack(held: Packed) -> JsonObject:
    """Return the object that was packed, the caller's own."""
    unpacked: JsonObject = orjson.loads(held)
    return unpacked


def unpack_any(held: Packed | None) -> Json:
    """Return whatever was packed, the caller's own; ``None`` as it is."""
    return None if held is None else orjson.loads(held)


def unpack_optional(held: Packed | None) -> JsonObject | None:
    """Return the object that was packed, the caller's own; ``None`` as it is."""
    return None if held is None else unpack(held)
