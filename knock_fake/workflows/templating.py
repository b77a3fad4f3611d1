"""Templates: Liquid text compiled once when a workflow is added and rendered for every message.

A template without Liquid is its own text: neither compiling nor rendering it imports the Liquid library.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.errors import KnockFakeError, WorkflowDefinitionError
from knock_fake.workflows.scopes import as_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from liquid import BoundTemplate

    from knock_fake.workflows.dialect.context import Context


_TRANSLATES = re.compile(r"\|\s*t\b|\{%-?\s*(?:t|render)\b")


class TemplateError(KnockFakeError):
    """A template could not be rendered with the variables of a run.

    ``place`` is where the template stands in its workflow, ``line`` counts from 1 and is ``None`` when the
    problem has no line, ``message`` names the filter or the expression and what is wrong with it.
    """

    def __init__(self, place: str, line: int | None, message: str) -> None:
        super().__init__(f"{_located(place, line)}: {message}")
        self.place = place
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template: its source, where it stands, and the parsed Liquid if it has any."""

    source: str
    place: str
    program: BoundTemplate | None = field(default=None, repr=False, compare=False)

    def render(self, scope: Mapping[str, object]) -> str:
        """Return the text for one set of variables; a variable that is missing renders as nothing.

        Args:
            scope: the variables by name. ``timestamp`` (ISO-8601) is what ``"now"`` means to ``date``.

        Raises:
            TemplateError: a filter or tag cannot work with the values it got.
        """
        return self.source if self.program is None else Rendering(scope).text(self)

    @property
    def is_translated(self) -> bool:
        """Whether it may show translations: by the filter or the tag ``t``, or by a partial."""
        return self.program is not None and _TRANSLATES.search(self.source) is not None

    def variables(self) -> frozenset[str]:
        """Return the names at the root of the variables that it shows or asks for."""
        if self.program is None:
            return frozenset()
        return frozenset(self.program.analyze(include_partials=False).globals)


def compile_template(source: str, place: str) -> Template:
    """Compile the text of one field.

    Args:
        source: Liquid of the standard dialect with Knock's filters (Knock's docs on the template editor).
        place: where the text stands, such as ``workflow 'x': steps[0].template.subject``.

    Raises:
        WorkflowDefinitionError: the text is no valid Liquid, or uses a tag or filter that Knock does not have.
    """
    if not isinstance(source, str):
        raise WorkflowDefinitionError(f"{place}: must be text, not {type(source).__name__} {source!r}")
    if not has_liquid(source):
        return Template(source, place)
    from liquid.exceptions import LiquidError

    from knock_fake.workflows.dialect.environment import describe, parse

    try:
        return Template(source, place, parse(source))
    except LiquidError as error:
        line, problem = describe(error)
        raise WorkflowDefinitionError(f"{_located(place, line)}: {problem}") from error


def has_liquid(text: str) -> bool:
    """Return whether a text has anything that Liquid would act on."""
    return "{{" in text or "{%" in text


class Rendering:
    """Templates rendered one after the other in one scope: what one of them assigns, the later ones see.

    Args:
        scope: the variables by name.
    """

    def __init__(self, scope: Mapping[str, object]) -> None:
        self._scope = as_scope(scope)
        self._started: Context | None = None

    def text(self, template: Template) -> str:
        """Return the text of a template.

        Raises:
            TemplateError: a filter or tag cannot work with the values it got.
        """
        if template.program is None:
            return template.source
        from knock_fake.workflows.dialect.environment import run

        with _located_errors(template.place):
            return run(template.program, self._context)

    def value(self, template: Template) -> object:
        """Return the value of a template that is one output, such as a list; of any other the text.

        Raises:
            TemplateError: a filter or tag cannot work with the values it got.
        """
        if template.program is None:
            return template.source
        from knock_fake.workflows.dialect.environment import evaluate

        with _located_errors(template.place):
            return evaluate(template.program, self._context)

    def partial(self, key: str, given: Mapping[str, object], place: str) -> str:
        """Return what a partial shows.

        Args:
            key: the key of the partial.
            given: values by name.
            place: where the partial is named.

        Raises:
            TemplateError: there is no such partial, or it cannot be rendered.
        """
        from knock_fake.workflows.dialect.tags import render_partial

        with _located_errors(place):
            return render_partial(self._context, key, given)

    def define(self, name: str, make: Callable[[], object]) -> None:
        """Define a variable that is made when it is first asked for; what it assigns is seen from there on."""
        self._context.slots.define(name, make)

    @property
    def _context(self) -> Context:
        if self._started is None:
            from knock_fake.workflows.dialect.environment import new_context

            self._started = new_context(self._scope)
        return self._started


@contextmanager
def _located_errors(place: str) -> Iterator[None]:
    """Let errors of the library tell where their template stands."""
    from liquid.exceptions import LiquidError

    from knock_fake.workflows.dialect.environment import describe

    try:
        yield
    except LiquidError as error:
        line, problem = describe(error)
        raise TemplateError(place, line, problem) from error


def _located(place: str, line: int | None) -> str:
    return place if line is None else f"{place}, line {line}"
