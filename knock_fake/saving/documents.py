"""The document of a saved world: what it is, which version wrote it, and the attributes of every part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import UsageError
from knock_fake.json_types import as_object
from knock_fake.saving.decoding import Decoder
from knock_fake.saving.encoding import Encoder
from knock_fake.saving.parts import parts_by_path
from knock_fake.version import __version__

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.json_types import JsonObject

FORMAT = "knock_fake world"
REVISION = 2
"""Rises when older documents can no longer be read."""

_ESSENTIAL = frozenset({"core.clock", "core.identifiers"})
"""Parts that every world has something to save of."""

_DAMAGE = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the parts of a world raise when they are made of what they cannot hold."""


def encode(core: Core, gateway: Gateway) -> JsonObject:
    """Return a world as plain data.

    Raises:
        UsageError: it holds what is no data.
    """
    parts = parts_by_path({"core": core, "gateway": gateway})
    encoder = Encoder(parts)
    saved = {path: encoder.part(part) for path, part in parts.items()}
    return {
        "format": FORMAT,
        "revision": REVISION,
        "saved_by": __version__,
        "parts": {path: attributes for path, attributes in saved.items() if attributes},
    }


def decode(core: Core, gateway: Gateway, document: JsonObject) -> None:
    """Fill a pristine world.

    Raises:
        UsageError: the document is no saved world, is of another revision, holds what this version does not know, or
            was changed so that it fits together no more.
    """
    check(document, "the document")
    decoder = Decoder(parts_by_path({"core": core, "gateway": gateway}))
    parts = document["parts"]
    for path, attributes in as_object(parts).items():
        try:
            decoder.fill(path, attributes)
        except UsageError:
            raise
        except _DAMAGE as error:
            told = f"{type(error).__name__}: {error}"
            raise UsageError(f"the saved world is damaged: {path} cannot be made of what it holds ({told})") from error


def check(document: object, name: str) -> None:
    """Check that something is a saved world that this version reads.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UsageError(f"{name} is no saved world: knock.save(...) writes them")
    if document.get("revision") != REVISION:
        told = f"revision {document.get('revision')}, by version {document.get('saved_by')}"
        raise UsageError(f"{name} was saved in {told}: this version reads revision {REVISION}")
    parts = document.get("parts")
    if not isinstance(parts, dict) or not parts.keys() >= _ESSENTIAL:
        raise UsageError(f"{name} is no whole world: {', '.join(sorted(_ESSENTIAL))} must be among its parts")


def write(document: JsonObject) -> bytes:
    """Return a document as the text of a file, one that people can read and tools can compare.

    Raises:
        UsageError: the world holds what JSON cannot say.
    """
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError as error:
        raise UsageError(f"the world cannot be saved: {error}") from error


def read(content: bytes, file: str) -> JsonObject:
    """Return the document of a file.

    Raises:
        UsageError: it is no saved world.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{file} is no JSON: {error}") from error
    check(document, file)
    saved: JsonObject = document
    return saved
