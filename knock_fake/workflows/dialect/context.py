"""One rendering: the variables that templates see while it lasts, and nothing from outside the world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

from liquid import RenderContext
from liquid.exceptions import LiquidError, UndefinedError
from liquid.undefined import UNDEFINED, Undefined, is_undefined
from liquid.utils import ReadOnlyChainMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from liquid import BoundTemplate, Token

    from knock_fake.workflows.scopes import Scope

MAX_DEPTH = 5
"""Partials may stand in one another this deep (Knock's docs on partials)."""

_Filter = TypeVar("_Filter", bound="Callable[..., object]")


def in_context(function: _Filter) -> _Filter:
    """Let a filter take the context as its first argument, before the value."""
    function.in_context = True  # type: ignore[attr-defined]
    return function


class InnerError(LiquidError):
    """Something is wrong in what a template shows: a partial or a translation. The message says where and what."""


class Missing(Undefined):
    """A variable that is missing where variables are strict: it can be asked for, and not be shown."""

    __slots__ = ()

    def refuse(self) -> NoReturn:
        """Raise the error that names the variable."""
        remedy = f"give it, or show something else: {{{{ {self.name} | default: '...' }}}}"
        raise UndefinedError(f"the variable {self.name} is missing; {remedy}", token=self.token)

    def __str__(self) -> str:
        self.refuse()

    def __iter__(self) -> Iterator[object]:
        self.refuse()

    def __len__(self) -> int:
        self.refuse()

    def __int__(self) -> int:
        self.refuse()


def refuse_missing(values: Iterable[object]) -> None:
    """Raise the error for the first value that is a variable that must not be missing."""
    for value in values:
        if isinstance(value, Missing):
            value.refuse()


class Slots(Mapping[str, object]):
    """Variables that are made when they are first asked for, and then stay."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[], object]] = {}
        self._made: dict[str, object] = {}

    def define(self, name: str, make: Callable[[], object]) -> None:
        """Define one variable."""
        self._makers[name] = make

    def __getitem__(self, name: str) -> object:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Context(RenderContext):
    """The context of the library, with the scope that it belongs to.

    Args:
        template: any template of the dialect.
        variables: what templates see.
        scope: the scope of the whole rendering, also where a partial does not see its variables.
        depth: how many partials this one stands in.
    """

    __slots__ = ("depth", "origin", "slots")

    def __init__(
        self, template: BoundTemplate, variables: Mapping[str, object], scope: Scope, *, depth: int = 0
    ) -> None:
        super().__init__(template, globals=variables)
        self.origin = scope
        self.depth = depth
        self.slots = Slots()
        # The library's own chain also has variables `now` and `today`, read from the machine's clock.
        self.scope = ReadOnlyChainMap(self.locals, self.slots, self.globals, self.counters)

    def inside(self, variables: Mapping[str, object], *, depth: int = 0) -> Context:
        """Return a context for what this one shows, with variables of its own."""
        return Context(self.template, variables, self.origin, depth=self.depth + depth)

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Return what a path leads to."""
        found = super().get(path, token=token, default=default)
        if self.origin.library.strict_variables and is_undefined(found) and not isinstance(found, Missing):
            return Missing(_show_path(path), token=token)
        return found

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter by its name."""
        function = super().filter(name, token)
        return partial(function, self) if getattr(function, "in_context", False) else function


def _show_path(path: list[object]) -> str:
    root, *rest = path
    return str(root) + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in rest)
