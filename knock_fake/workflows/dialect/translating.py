"""The filter and the tag ``t`` (Knock's docs on translations)."""

from __future__ import annotations

from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from liquid.ast import Node
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.tag import Tag
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_TAG

from knock_fake.workflows.dialect.context import Context, InnerError, in_context
from knock_fake.workflows.dialect.values import is_nothing, show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from liquid import BoundTemplate, RenderContext, Token, TokenStream

    from knock_fake.json_types import Json

_OPEN, _CLOSE = "{%", "%}"


@in_context
def translate(context: Context, key: object, /, **arguments: object) -> str | None:
    """Return a translation, ``None`` when there is none for a key, so that ``default`` can follow (our choice).

    Args:
        context: the template's variables; its scope says for whom.
        key: keys joined by dots, with the namespace before a colon if there is one.
        arguments: what the translation shows as ``{{ name }}``. ``count`` chooses the form of a text that has several.

    Raises:
        LiquidError: the translation cannot be rendered.
    """
    name = show_value(key)
    found = context.origin.library.translations.find(name, context.origin.reader)
    text = _form(found, arguments.get("count")) if isinstance(found, dict) else found
    if not isinstance(text, str):
        return None
    return _render(text, context.inside(arguments), f"translation {name!r}")


def _form(forms: dict[str, Json], count: object) -> Json:
    """Return the form of a text for a count: ``zero`` falls back to ``other``, and so does ``one`` (our choice)."""
    if is_nothing(count):
        return None
    number = show_value(count).strip()
    name = {"0": "zero", "1": "one"}.get(number, "other")
    return forms.get(name, forms.get("other"))


def _render(text: str, context: Context, name: str) -> str:
    if "{{" not in text and "{%" not in text:
        return text
    buffer = StringIO()
    try:
        _parse(text).render_with_context(context, buffer)
    except LiquidError as error:
        from knock_fake.workflows.dialect.environment import describe

        raise InnerError(f"{name}: {describe(error)[1]}", token=None) from error
    return buffer.getvalue()


@lru_cache(maxsize=512)
def _parse(text: str) -> BoundTemplate:
    from knock_fake.workflows.dialect.environment import parse

    return parse(text)


class _TranslationNode(Node):
    """A text that stands in the template, and is the key of its own translations."""

    __slots__ = ("inner", "start", "text")

    def __init__(self, token: Token, text: str, start: int, inner: BoundTemplate) -> None:
        super().__init__(token)
        self.text = text
        self.start = start
        self.inner = inner
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, Context)  # noqa: S101 - the dialect makes no other
        found = context.origin.library.translations.find_system(self.text, context.origin.reader)
        try:
            if found is not None:
                return buffer.write(_render(found, context, f"translation of {self.text!r}"))
            self.inner.render_with_context(context, buffer)
        except InnerError as error:
            error.token = self.token
            raise
        except LiquidError as error:
            _move(error, self.token, self.start)
            raise
        return 1

    def children(
        self,
        static_context: RenderContext,  # noqa: ARG002
        *,
        include_partials: bool = True,  # noqa: ARG002
    ) -> Iterable[Node]:
        return self.inner.nodes


class TranslationTag(Tag):
    """``{% t %}Hello, {{ recipient.name }}!{% endt %}``: what stands between is the key, its Liquid kept verbatim."""

    name = "t"
    end = "endt"

    def parse(self, stream: TokenStream) -> Node:
        """Parse the block by itself, and keep its source."""
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind == TOKEN_EXPRESSION:
            problem = "the tag 't' takes no arguments: write the variable into its text, or use the filter 't'"
            raise LiquidSyntaxError(problem, token=token)
        while not stream.current.is_tag(self.end):
            if stream.current.kind == TOKEN_EOF:
                raise LiquidSyntaxError("the tag 't' needs an end: {% endt %}", token=token)
            next(stream)
        text, start = _between(token, stream.current)
        try:
            return _TranslationNode(token, text, start, _parse(text))
        except LiquidError as error:
            _move(error, token, start)
            raise


def _between(first: Token, last: Token) -> tuple[str, int]:
    """Return the source between two tags, and where it begins.

    ``-`` at a tag takes the white space at that end away, as elsewhere.
    """
    source = first.source
    closed, opened = source.index(_CLOSE, first.start_index), source.rindex(_OPEN, 0, last.start_index)
    start, end = closed + len(_CLOSE), opened
    text = source[start:end]
    kept = text.lstrip() if source[closed - 1] == "-" else text
    start += len(text) - len(kept)
    return (kept.rstrip() if source[opened + len(_OPEN)] == "-" else kept), start


def _move(error: LiquidError, tag: Token, start: int) -> None:
    """Let an error in the block of a tag tell its place in the whole template."""
    if error.token is None or error.token.start_index < 0:
        error.token = tag
    elif error.token.source != tag.source:
        error.token = error.token._replace(start_index=start + error.token.start_index, source=tag.source)


TRANSLATION_FILTERS: Mapping[str, Callable[..., object]] = {"t": translate}
"""The filter of this module by its name in templates."""
