"""The dialect put together: tags, filters, how a template is parsed and run, what its errors say."""

from __future__ import annotations

import re
from functools import cache, wraps
from io import StringIO
from typing import TYPE_CHECKING

from liquid import BoundTemplate, Environment
from liquid.builtin.output import OutputNode
from liquid.exceptions import FilterArgumentError, LiquidError, LiquidSyntaxError
from liquid.token import TOKEN_WORD, Token

from knock_fake.errors import nearest
from knock_fake.workflows.dialect.blank import BLANK_TAGS
from knock_fake.workflows.dialect.context import Context, InnerError, refuse_missing
from knock_fake.workflows.dialect.entities import ENTITY_FILTERS
from knock_fake.workflows.dialect.filters import FILTERS
from knock_fake.workflows.dialect.locales import LOCALE_FILTERS
from knock_fake.workflows.dialect.tags import TAGS
from knock_fake.workflows.dialect.translating import TRANSLATION_FILTERS, TranslationTag
from knock_fake.workflows.dialect.values import show_value
from knock_fake.workflows.markdown import LIQUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.workflows.scopes import Scope

# The library's own additions to Liquid: Knock's docs know neither.
_FOREIGN_FILTERS = ("safe", "escapejs")
# What may be asked of a variable that is missing, even where variables are strict.
_LENIENT_FILTERS = ("default",)
_EXCERPT = 60
# Words of Liquid's own. As properties (`data.limit`) they are names like others, but the library refuses them.
_WORDS = (
    "and|as|blank|cols|contains|continue|else|empty|false|for|if|in|limit|nil|not|null|offset|or|required|reversed"
    "|true|with"
)
_WORD_PROPERTY = re.compile(rf"""("[^"]*"|'[^']*')|(?<=[\w\]?-])\.({_WORDS})(?![\w?-])""")


class _Bound(BoundTemplate):
    def make_partial_namespace(
        self,
        partial: bool,  # noqa: ARG002
        render_args: Mapping[str, object],
    ) -> Mapping[str, object]:
        # The library's own namespace has a variable `partial`, which would hide a user's.
        return render_args


class _Environment(Environment):
    template_class = _Bound

    def error(self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Token | None = None) -> None:
        # An error at the end of an expression has no place of its own; the tag around it has.
        if isinstance(exc, LiquidError) and token is not None and exc.token and exc.token.start_index < 0:
            exc.token = token
        super().error(exc, msg, token)


@cache
def environment() -> Environment:
    """Return the one environment. It is built on first use and never changes."""
    env = _Environment()
    del env.tags["include"]
    for name in _FOREIGN_FILTERS:
        del env.filters[name]
    for tag_class in (*TAGS, *BLANK_TAGS, TranslationTag):
        env.add_tag(tag_class)
    env.filters.update({**FILTERS, **LOCALE_FILTERS, **ENTITY_FILTERS, **TRANSLATION_FILTERS})
    env.filters = {name: _guarded(name, function) for name, function in env.filters.items()}
    return env


def _guarded(name: str, function: Callable[..., object]) -> Callable[..., object]:
    # Not all filters of the library are ready for every value: `sum` of a text, `round` of infinity. At Knock
    # such a run fails and the process goes on, so whatever they raise becomes an error of the template.
    @wraps(function)
    def guarded(*values: object, **named: object) -> object:
        if name not in _LENIENT_FILTERS:
            refuse_missing((*values, *named.values()))
        try:
            return function(*values, **named)
        except LiquidError:
            raise
        except Exception as error:
            value = next((value for value in values if not isinstance(value, Context)), None)
            problem = f"cannot work with {_excerpt(show_value(value))!r} ({error})"
            raise FilterArgumentError(problem, token=None) from error

    return guarded


def parse(source: str) -> BoundTemplate:
    """Parse a template.

    Raises:
        LiquidError: it is no valid Liquid, or names a tag or filter that Knock's dialect does not have.
    """
    env = environment()
    parsed = env.from_string(_with_words_in_brackets(source))
    if "|" not in source:
        return parsed
    for name, spans in parsed.analyze(include_partials=False).filters.items():
        if name not in env.filters:
            token = Token(TOKEN_WORD, name, spans[0].index, source)
            raise LiquidSyntaxError(f"unknown filter {name!r}; {nearest(name, [*env.filters])}", token=token)
    return parsed


def _with_words_in_brackets(source: str) -> str:
    if not _WORD_PROPERTY.search(source):
        return source
    return LIQUID.sub(lambda tag: _WORD_PROPERTY.sub(_in_brackets, tag[0]) if not tag[1] else tag[0], source)


def _in_brackets(match: re.Match[str]) -> str:
    return match[1] or f"['{match[2]}']"


def new_context(scope: Scope) -> Context:
    """Return a context for a rendering that begins."""
    return Context(_empty_template(), scope, scope)


@cache
def _empty_template() -> BoundTemplate:
    return environment().from_string("")


def run(program: BoundTemplate, context: Context) -> str:
    """Render a parsed template; its assignments stay in ``context``.

    Raises:
        LiquidError: a filter or tag cannot work with its values.
    """
    buffer = StringIO()
    program.render_with_context(context, buffer)
    return buffer.getvalue()


def evaluate(program: BoundTemplate, context: Context) -> object:
    """Return the value of a template that is one output and nothing else; of others the text.

    Raises:
        LiquidError: a filter or tag cannot work with its values.
    """
    node = program.nodes[0] if len(program.nodes) == 1 else None
    return node.expression.evaluate(context) if isinstance(node, OutputNode) else run(program, context)


def describe(error: LiquidError) -> tuple[int | None, str]:
    """Return the line (from 1) of an error in its template, and what is wrong there."""
    token = error.token
    problem = str(error.message)
    if token is None or token.start_index < 0:
        return None, problem
    line = token.source.count("\n", 0, token.start_index) + 1
    if isinstance(error, InnerError):
        return line, problem
    if isinstance(error, FilterArgumentError) and token.kind == TOKEN_WORD:
        return line, f"filter {token.value!r}: {problem.removeprefix(token.value + ': ')}"
    excerpt = _excerpt(token.value)
    return line, problem if not excerpt or excerpt in problem else f"{problem}, at {excerpt!r}"


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
