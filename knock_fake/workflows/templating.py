"""Templates: Liquid text compiled once when a workflow is added and rendered for every message.

A template without Liquid is its own text: neither compiling nor rendering it imports the Liquid library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.errors import KnockFakeError, WorkflowDefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liquid import BoundTemplate, RenderContext


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
        return self.source if self.program is None else render_in_order((self,), scope)[0]

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
        WorkflowDefinitionError: the text is no valid Liquid, or uses a tag or filter that cannot be honoured.
    """
    if not isinstance(source, str):
        raise WorkflowDefinitionError(f"{place}: must be text, not {type(source).__name__} {source!r}")
    if not has_liquid(source):
        return Template(source, place)
    from liquid.exceptions import LiquidError

    from knock_fake.workflows.liquid_environment import describe, parse

    try:
        return Template(source, place, parse(source))
    except LiquidError as error:
        line, problem = describe(error)
        raise WorkflowDefinitionError(f"{_located(place, line)}: {problem}") from error


def has_liquid(text: str) -> bool:
    """Return whether a text has anything that Liquid would act on."""
    return "{{" in text or "{%" in text


def render_in_order(templates: Sequence[Template], scope: Mapping[str, object]) -> list[str]:
    """Render templates one after the other in one scope: what one of them assigns, the later ones see.

    Args:
        templates: the templates in the order of rendering.
        scope: the variables by name.

    Returns:
        One text for each template.

    Raises:
        TemplateError: as for :meth:`Template.render`.
    """
    if all(template.program is None for template in templates):
        return [template.source for template in templates]
    from knock_fake.workflows.liquid_environment import new_context

    context = new_context(scope)
    return [
        template.source if template.program is None else _run(template, template.program, context)
        for template in templates
    ]


def _run(template: Template, program: BoundTemplate, context: RenderContext) -> str:
    from liquid.exceptions import LiquidError

    from knock_fake.workflows.liquid_environment import describe, run

    try:
        return run(program, context)
    except LiquidError as error:
        line, problem = describe(error)
        raise TemplateError(template.place, line, problem) from error


def _located(place: str, line: int | None) -> str:
    return place if line is None else f"{place}, line {line}"
