"""Tags: output as Knock prints it, partials, and the refusal of what is no tag."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, TextIO

from liquid.ast import Node
from liquid.builtin.expressions import KeywordArgument, StringLiteral, parse_primitive
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.tag import Tag
from liquid.token import TOKEN_FOR, TOKEN_TAG, TOKEN_WITH

from knock_fake.errors import nearest
from knock_fake.workflows.dialect.context import MAX_DEPTH, Context, InnerError, refuse_missing
from knock_fake.workflows.dialect.inputs import read_inputs
from knock_fake.workflows.dialect.values import show_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from liquid import Environment, RenderContext, Token, TokenStream
    from liquid.ast import IllegalNode
    from liquid.expression import Expression

    from knock_fake.workflows.library.partials import Partial

_INNER_TAGS = ("else", "elsif", "when")
_NO_TAGS = ("content", "illegal", "output")
_MODIFIERS = {
    TOKEN_FOR: "'render' has no 'for' at Knock: put it into {% for %}, and pass each item by name",
    TOKEN_WITH: "'render' has no 'with' at Knock: pass the value by name",
}


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(show_value(self.expression.evaluate(context)))


class _EchoNode(EchoNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(show_value(self.expression.evaluate(context)))


class _Output(Output):
    node_class = _OutputNode


class _Echo(EchoTag):
    node_class = _EchoNode


class _Refused(Illegal):
    def parse(self, stream: TokenStream) -> IllegalNode:
        token = stream.expect(TOKEN_TAG)
        raise LiquidSyntaxError(_tag_problem(token.value, self.env), token=token)


def _tag_problem(name: str, env: Environment) -> str:
    if name == "include":
        return "Knock's Liquid has no tag 'include'; use {% render 'partial_key' %}"
    if name in _INNER_TAGS or (name.startswith("end") and name[3:] in env.tags):
        return f"{name!r} belongs to no tag that is open here"
    if not name:
        return "a tag needs a name, such as {% if data.total %}"
    known = [tag for tag in env.tags if tag.islower() and tag not in _NO_TAGS]
    return f"unknown tag {name!r}; {nearest(name, known)}"


class _TooDeepError(InnerError):
    """Partials stand in one another too deep; which ones would be told over and over."""


class _RenderNode(Node):
    """A partial that is shown, with what it is given."""

    __slots__ = ("arguments", "key")

    def __init__(self, token: Token, key: str, arguments: list[KeywordArgument]) -> None:
        super().__init__(token)
        self.key = key
        self.arguments = arguments
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, Context)  # noqa: S101 - the dialect makes no other
        given = {argument.name: argument.value.evaluate(context) for argument in self.arguments}
        refuse_missing(given.values())
        try:
            return buffer.write(render_partial(context, self.key, given))
        except LiquidError as error:
            error.token = self.token
            raise

    def expressions(self) -> Iterable[Expression]:
        return [argument.value for argument in self.arguments]


class _RenderTag(Tag):
    name = "render"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        tokens = stream.into_inner(tag=token, eat=False)
        key = parse_primitive(self.env, tokens)
        if not isinstance(key, StringLiteral):
            raise LiquidSyntaxError("'render' names its partial by text: {% render 'partial_key' %}", token=token)
        if tokens.current.kind in _MODIFIERS:
            raise LiquidSyntaxError(_MODIFIERS[tokens.current.kind], token=token)
        return _RenderNode(token, key.value, KeywordArgument.parse(self.env, tokens))


def render_partial(context: Context, key: str, given: Mapping[str, object]) -> str:
    """Return what a partial shows.

    A partial sees what it is given and ``vars`` (Knock's docs on partials and on branding), and nothing else.

    Args:
        context: where it is shown.
        key: the key of the partial.
        given: values by name, before they are made to fit the partial.

    Raises:
        LiquidError: there is no such partial, it stands in too many others, or it cannot be rendered.
    """
    partials = context.origin.library.partials
    partial = partials.get(key)
    if partial is None:
        raise InnerError(partials.explain_unknown(key), token=None)
    if context.depth >= MAX_DEPTH:
        raise _TooDeepError(f"partial {key!r} stands in {MAX_DEPTH} others already: no more are shown", token=None)
    try:
        inputs = {"vars": context.origin.get("vars"), **read_inputs(partial, given)}
        return _run(partial, context.inside(inputs, depth=1))
    except _TooDeepError:
        raise
    except LiquidError as error:
        raise InnerError(f"partial {key!r}{_line_and_problem(error)}", token=None) from error


def _run(partial: Partial, context: Context) -> str:
    program = partial.content.program
    if program is None:
        return partial.content.source
    buffer = StringIO()
    program.render_with_context(context, buffer)
    return buffer.getvalue()


def _line_and_problem(error: LiquidError) -> str:
    from knock_fake.workflows.dialect.environment import describe

    line, problem = describe(error)
    return f": {problem}" if line is None else f", line {line}: {problem}"


TAGS = (_Output, _Echo, _Refused, _RenderTag)
"""The tags of this module, in place of the library's own."""
