"""Query strings: from any dialect that Knock's clients write to one tree, then to the types of a schema.

The rules:

* ``+`` and ``%20`` are spaces. A key without a value is absent: this is how clients write null.
* A key is a name followed by ``[name]``, ``.name``, ``[]`` or ``[number]``; ``a.b`` means ``a[b]``.
  Any other key, such as one with unbalanced brackets, is a plain name.
* ``a[]=x`` appends to a list, and so does a plain key that comes again: ``a=x&a=y``.
* ``a[][k]=x`` writes into the last entry of the list, or into a new one when that entry is no map or
  already has ``k``.
* ``a[0]...&a[1]...`` is a list, in the order of the numbers, when at least one entry is itself a map or a
  list. With plain values only, as in ``include[0]=preferences``, it is a map: Knock reads it so, and refuses
  it for every parameter that is a list.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import orjson

from knock_fake.errors import ApiError, invalid_field
from knock_fake.gateway.validation import check
from knock_fake.schema_checks import validator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

MAX_DEPTH = 8
"""Levels that a key may have. Knock documents no bound; nothing it accepts needs more than three."""

_NESTED_KEY = re.compile(r"[^\[\].]+(?:\.[^\[\].]+|\[[^\[\]]*\])+")
_SEGMENT = re.compile(r"\[([^\[\]]*)\]|([^\[\].]+)")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_INDEX = re.compile(r"[0-9]{1,9}")
_BOOLEANS = {"true": True, "false": False}


def read_query(raw: str, schema_name: str | None) -> JsonObject:
    """Return a query as its schema types it.

    Args:
        raw: the query string as it came, without ``?``.
        schema_name: the definition that it has to fit, such as ``users/list_query``; without one all
            values stay texts.

    Raises:
        ApiError: 422 naming every offending parameter.
    """
    query = parse_query(raw) if raw else {}
    if schema_name is None:
        return query
    schema = validator(schema_name).schema
    query = coerce_query(query, schema)
    if query or "required" in schema:
        check(schema_name, query)
    return query


def parse_query(raw: str) -> JsonObject:
    """Return a query string as a tree of texts, by the rules at the head of this module.

    Raises:
        ApiError: 422 when one name is used as a value and as a map, or goes deeper than :data:`MAX_DEPTH`.
    """
    if not raw.isascii():
        raw = raw.encode("utf-8", "replace").decode()
    tree: JsonObject = {}
    is_nested = False
    is_encoded = "%" in raw or "+" in raw
    for pair in raw.split("&"):
        key, _, value = pair.partition("=")
        if not value or not key:
            continue
        if is_encoded:
            key, value = unquote_plus(key), unquote_plus(value)
        if ("[" in key or "." in key) and _NESTED_KEY.fullmatch(key):
            is_nested = True
            _put(tree, _segments(key), value)
        else:
            _put_value(tree, key, value, key)
    return {name: _settle(value) for name, value in tree.items()} if is_nested else tree


def _segments(key: str) -> list[str]:
    """Return the names of a nested key; an empty one appends to a list."""
    segments = [bracketed or plain for bracketed, plain in _SEGMENT.findall(key)]
    if len(segments) > MAX_DEPTH:
        raise invalid_field(segments[0], f"is nested deeper than {MAX_DEPTH} levels", "depth")
    if any(one == other == "" for one, other in pairwise(segments)):
        raise invalid_field(segments[0], "holds a list directly inside a list", "format")
    return segments


def _put(holder: JsonObject, path: Sequence[str], value: str) -> None:
    """Write a value at a path, making what is on the way."""
    top = path[0]
    while len(path) > 1:
        name, following = path[0], path[1]
        if following == "":
            _append(_list_at(holder, name, top), path[2:], value)
            return
        child = holder.setdefault(name, {})
        if not isinstance(child, dict):
            raise _contradiction(top)
        holder, path = child, path[1:]
    _put_value(holder, path[0], value, top)


def _put_value(holder: JsonObject, name: str, value: str, top: str) -> None:
    existing = holder.get(name)
    if existing is None:
        holder[name] = value
    else:
        _list_at(holder, name, top).append(value)


def _list_at(holder: JsonObject, name: str, top: str) -> list[Json]:
    """Return the list under a name; a single value that is there already becomes its first entry."""
    existing = holder.setdefault(name, [])
    if isinstance(existing, dict):
        raise _contradiction(top)
    if isinstance(existing, list):
        return existing
    entries: list[Json] = [existing]
    holder[name] = entries
    return entries


def _append(entries: list[Json], path: Sequence[str], value: str) -> None:
    if not path:
        entries.append(value)
        return
    last = entries[-1] if entries else None
    if not isinstance(last, dict) or _is_taken(last, path):
        last = {}
        entries.append(last)
    _put(last, path, value)


def _is_taken(holder: JsonObject, path: Sequence[str]) -> bool:
    """Whether writing to a path would meet something that stands there already."""
    node: Json = holder
    for name in path:
        if name == "":
            return not isinstance(node, list)
        if not isinstance(node, dict):
            return True
        if name not in node:
            return False
        node = node[name]
    return True


def _contradiction(name: str) -> ApiError:
    return invalid_field(name, "is given both as a map and as a value or a list", "type")


def _settle(value: Json) -> Json:
    """Turn maps with numbers for names into lists where they stand for lists."""
    if isinstance(value, list):
        return [_settle(one) for one in value]
    if not isinstance(value, dict):
        return value
    settled = {name: _settle(one) for name, one in value.items()}
    if all(map(_INDEX.fullmatch, settled)) and any(isinstance(one, dict | list) for one in settled.values()):
        return [settled[name] for name in sorted(settled, key=int)]
    return {**settled}


def coerce_query(query: JsonObject, schema: JsonObject) -> JsonObject:
    """Return a parsed query with its texts in the types that a schema declares.

    Text becomes an integer, a boolean, a list of one, or, where the schema says ``contentMediaType:
    application/json``, whatever it encodes. Text that is none of what the schema asks for stays text, so that
    validation refuses it by name.

    Args:
        query: what :func:`parse_query` returned.
        schema: an object schema with its references followed, as ``Validator.schema`` is.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return query
    return {name: _coerce(value, properties.get(name)) for name, value in query.items()}


def _coerce(value: Json, declared: Json) -> Json:
    if not isinstance(declared, dict):
        return value
    type_ = declared.get("type")
    if type_ == "array" and isinstance(value, str | list):
        entries = value if isinstance(value, list) else [value]
        return [_coerce(one, declared.get("items")) for one in entries]
    if isinstance(value, dict):
        return coerce_query(value, declared)
    if isinstance(value, str) and type_ != "string":
        return _read_text(value, type_, is_json=declared.get("contentMediaType") == "application/json")
    return value


def _read_text(text: str, type_: Json, *, is_json: bool) -> Json:
    if type_ == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if type_ == "boolean":
        return _BOOLEANS.get(text, text)
    if is_json:
        try:
            decoded: Json = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
        return decoded
    return text
