"""JSON as the nodes that YAML is composed of, so that one reader serves both.

YAML's own scanner takes most of JSON, but neither keys of more than 1,024 characters, nor some characters, nor a key
whose colon stands on another line.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

import orjson
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = "tag:yaml.org,2002:"
_TOKEN = re.compile(r"""\s*([][{}:,]|"(?:[^"\\]|\\.)*"|[^][{}:,"\s]+)""")
_INTEGER = re.compile(r"-?[0-9]+\Z")
_TAGS = {"true": "bool", "false": "bool", "null": "null"}


def compose_json(text: str) -> yaml.Node:
    """Return the root of a document, with the line of every node.

    Raises:
        JSONDecodeError: it is no JSON.
    """
    orjson.loads(text)
    # What holds the root, then what each list and object holds that is open, the innermost last.
    held: list[list[yaml.Node]] = [[]]
    for written, at in _tokens(text):
        if written in ("}", "]"):
            _close(held)
        elif written not in (",", ":"):
            node = _node(written, at)
            held[-1].append(node)
            if isinstance(node, yaml.CollectionNode):
                held.append([])
    return held[0][0]


def _close(held: list[list[yaml.Node]]) -> None:
    """Give the innermost open list or object what it holds: items, or pairs of keys and values."""
    items = held.pop()
    node = held[-1][-1]
    node.value = items if isinstance(node, yaml.SequenceNode) else [*zip(items[::2], items[1::2], strict=True)]


def _tokens(text: str) -> Iterator[tuple[str, yaml.Mark]]:
    """Yield what JSON that is known to be well formed is made of, each with its place."""
    lines = [found.end() for found in re.finditer("\n", text)]
    for found in _TOKEN.finditer(text):
        start = found.start(1)
        yield found[1], yaml.Mark("", start, bisect_right(lines, start), 0, None, 0)


def _node(written: str, at: yaml.Mark) -> yaml.Node:
    if written == "{":
        return yaml.MappingNode(f"{_TAG}map", [], at)
    if written == "[":
        return yaml.SequenceNode(f"{_TAG}seq", [], at)
    if written.startswith('"'):
        return yaml.ScalarNode(f"{_TAG}str", json.loads(written), at)
    tag = _TAGS.get(written) or ("int" if _INTEGER.match(written) else "float")
    return yaml.ScalarNode(f"{_TAG}{tag}", written, at)
