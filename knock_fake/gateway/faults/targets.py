"""Which calls a fault is for: operations by name, or a method and a pattern of paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from knock_fake.errors import UsageError, UsageTypeError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.gateway.faults.attempt import Attempt
    from knock_fake.gateway.operation_names import OperationNames
    from knock_fake.gateway.operations import Operation

EVERYTHING = "*"

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a fault, understood.

    Attributes:
        operations: the operations that it can strike.
        method: the method that a path pattern is for; ``None`` for any.
        segments: the path pattern; ``None`` where operations are meant by name.
        everything: whether it strikes every call, those to unknown paths too.
    """

    operations: tuple[Operation, ...]
    method: str | None = None
    segments: tuple[str, ...] | None = None
    everything: bool = False

    def matches(self, attempt: Attempt) -> bool:
        """Whether a call is among those meant."""
        if self.everything:
            return True
        if self.segments is None:
            return attempt.declaration in self.operations
        if self.method not in (None, attempt.call.method):
            return False
        return _fits(self.segments, [*map(unquote, attempt.call.path.split("/"))])


def read_target(text: str, names: OperationNames) -> Target:
    """Understand a target.

    Args:
        names: the operations there are.
        text: the name of an operation (``users.update``, ``users.*``, the name that an older SDK has for it), ``*`` for
            every call, or a path with an optional method before it: ``PUT /v1/users/jane``, ``/v1/users/*/feeds/**``.
            In a path ``*`` and ``{any_name}`` stand for one segment, ``**`` at its end for all that follow.

    Raises:
        UsageError: no operation is meant by it; the message names the nearest. UsageTypeError: it is no text.
    """
    if not isinstance(text, str):
        raise UsageTypeError(f"a fault's target is text such as 'users.update' or 'PUT /v1/users/*', not {text!r}")
    if text == EVERYTHING:
        return Target(names.all, everything=True)
    if "/" not in text:
        return Target(names.resolve(text, "faults"))
    return _read_path(text, names.all)


def _read_path(text: str, operations: Sequence[Operation]) -> Target:
    before, slash, rest = text.strip().partition("/")
    method, path = before.strip().upper(), slash + rest
    if method and method not in _METHODS:
        raise UsageError(f"faults: {method!r} in {text!r} is no method; {nearest(method, _METHODS)}")
    if not path.startswith("/v1/"):
        raise UsageError(f"faults: the path in {text!r} must begin with /v1/, as Knock's do")
    segments = tuple(map(unquote, _PARAMETER.sub("*", path).split("/")))
    if "**" in segments[:-1]:
        raise UsageError(f"faults: ** can only stand at the end of a path, not as in {text!r}: write * for one segment")
    found = tuple(one for one in operations if method in ("", one.method) and _fits(segments, _template(one)))
    if not found:
        paths = sorted({f"{one.method} {one.path}" if method else one.path for one in operations})
        raise UsageError(f"faults: no operation has a path like {text!r}; {nearest(text.strip(), paths)}")
    return Target(found, method or None, segments)


def _template(operation: Operation) -> tuple[str | None, ...]:
    return tuple(None if segment.startswith("{") else segment for segment in operation.path.split("/"))


def _fits(pattern: tuple[str, ...], path: Sequence[str | None]) -> bool:
    """Whether a path is meant; ``None`` in it is a parameter, which can be anything."""
    if pattern[-1] == "**":
        pattern, path = pattern[:-1], path[: len(pattern) - 1]
    pairs = zip(pattern, path, strict=False)
    return len(pattern) == len(path) and all(one in ("*", segment) or segment is None for one, segment in pairs)
