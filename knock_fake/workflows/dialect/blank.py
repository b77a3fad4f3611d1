"""Comparisons with ``blank``: what is missing, null or false equals it, too, as in standard Liquid.

The library takes it to equal only what is empty, which makes ``{% if data.note != blank %}`` show a missing note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liquid.ast import ConditionalBlockNode
from liquid.builtin.expressions.logical import EqExpression, NeExpression
from liquid.builtin.expressions.primitive import Blank, TrueLiteral
from liquid.builtin.tags.if_tag import IfTag
from liquid.builtin.tags.unless_tag import UnlessTag
from liquid.expression import Expression

from knock_fake.workflows.dialect.values import is_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liquid import RenderContext, TokenStream
    from liquid.ast import Node


class _IsBlank(Expression):
    """Whether the value of an expression is blank."""

    __slots__ = ("tested",)

    def __init__(self, tested: Expression) -> None:
        super().__init__(tested.token)
        self.tested = tested

    def evaluate(self, context: RenderContext) -> object:
        return is_blank(self.tested.evaluate(context))

    def children(self) -> list[Expression]:
        return [self.tested]


def is_blank(value: object) -> bool:
    """Whether a value equals ``blank``."""
    if is_nothing(value) or value is False or isinstance(value, Blank):
        return True
    return not value.strip() if isinstance(value, str) else isinstance(value, list | dict) and not value


class _If(IfTag):
    def parse(self, stream: TokenStream) -> Node:
        return _with_blank(super().parse(stream))


class _Unless(UnlessTag):
    def parse(self, stream: TokenStream) -> Node:
        return _with_blank(super().parse(stream))


def _with_blank(node: Node) -> Node:
    for one in (node, *getattr(node, "alternatives", ())):
        expressions: Iterable[Expression] = (
            [one.expression] if isinstance(one, ConditionalBlockNode) else one.expressions()
        )
        for expression in expressions:
            _settle(expression)
    return node


def _settle(expression: Expression) -> None:
    """Turn every ``x == blank`` within an expression into a question of its own."""
    for child in expression.children():
        _settle(child)
    if isinstance(expression, EqExpression | NeExpression) and isinstance(expression.left, Blank):
        expression.left, expression.right = expression.right, expression.left
    if isinstance(expression, EqExpression | NeExpression) and isinstance(expression.right, Blank):
        expression.left, expression.right = _IsBlank(expression.left), TrueLiteral(expression.token)


BLANK_TAGS = (_If, _Unless)
"""The tags that compare, in place of the library's own."""
