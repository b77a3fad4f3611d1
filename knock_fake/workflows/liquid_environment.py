"""The dialect of Liquid: the standard one, Knock's filters, no partials and no wall clock.

Importing this module imports the Liquid library, a quarter of a second that only templates with Liquid pay.
"""

from __future__ import annotations

import re
from functools import cache, wraps
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import FilterArgumentError, LiquidError, LiquidSyntaxError
from liquid.token import TOKEN_TAG, TOKEN_WORD, Token
from liquid.utils import ReadOnlyChainMap

from knock_fake.errors import nearest
from knock_fake.workflows.filters import FILTERS, show_value
from knock_fake.workflows.markdown import LIQUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liquid import TokenStream
    from liquid.ast import IllegalNode

_LATER_FILTERS = (
    "currency", "format_date_in_locale", "format_datetime_in_locale", "format_number", "from_markdown",
    "object", "rounded_currency", "subscriptions", "t", "tenant", "user",
)  # fmt: skip
_LATER_TAGS = {"render": "partials", "include": "partials", "t": "translations", "endt": "translations"}
_INNER_TAGS = ("else", "elsif", "when")
_NO_TAGS = ("content", "illegal", "output")
# The library's own additions to Liquid: Knock's docs know neither.
_FOREIGN_FILTERS = ("safe", "escapejs")
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
    if name in _LATER_TAGS:
        return f"the tag {name!r} needs {_LATER_TAGS[name]}, which this version does not support"
    if name in _INNER_TAGS or (name.startswith("end") and name[3:] in env.tags):
        return f"{name!r} belongs to no tag that is open here"
    if not name:
        return "a tag needs a name, such as {% if data.total %}"
    known = [tag for tag in env.tags if tag.islower() and tag not in _NO_TAGS]
    return f"unknown tag {name!r}; {nearest(name, known)}"


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
    for tag in ("include", "render"):
        del env.tags[tag]
    for name in _FOREIGN_FILTERS:
        del env.filters[name]
    for tag_class in (_Output, _Echo, _Refused):
        env.add_tag(tag_class)
    env.filters.update(FILTERS)
    env.filters = {name: _guarded(function) for name, function in env.filters.items()}
    return env


def _guarded(function: Callable[..., object]) -> Callable[..., object]:
    # Not all filters of the library are ready for every value: `sum` of a text, `round` of infinity. At Knock
    # such a run fails and the process goes on, so whatever they raise becomes an error of the template.
    @wraps(function)
    def guarded(*values: object, **named: object) -> object:
        try:
            return function(*values, **named)
        except LiquidError:
            raise
        except Exception as error:
            problem = f"cannot work with {_excerpt(show_value(values[0]))!r} ({error})"
            raise FilterArgumentError(problem, token=None) from error

    return guarded


def parse(source: str) -> BoundTemplate:
    """Parse a template.

    Raises:
        LiquidError: it is no valid Liquid, or names a tag or filter that is not supported.
    """
    env = environment()
    parsed = env.from_string(_with_words_in_brackets(source))
    if "|" not in source:
        return parsed
    for name, spans in parsed.analyze(include_partials=False).filters.items():
        if name not in env.filters:
            token = Token(TOKEN_WORD, name, spans[0].index, source)
            raise LiquidSyntaxError(_filter_problem(name, env), token=token)
    return parsed


def _with_words_in_brackets(source: str) -> str:
    if not _WORD_PROPERTY.search(source):
        return source
    return LIQUID.sub(lambda tag: _WORD_PROPERTY.sub(_in_brackets, tag[0]) if not tag[1] else tag[0], source)


def _in_brackets(match: re.Match[str]) -> str:
    return match[1] or f"['{match[2]}']"


def _filter_problem(name: str, env: Environment) -> str:
    if name in _LATER_FILTERS:
        return f"the filter {name!r} is not supported by this version"
    return f"unknown filter {name!r}, not supported by this version; {nearest(name, [*env.filters])}"


def new_context(scope: Mapping[str, object]) -> RenderContext:
    """Return a context with the variables of ``scope``, and nothing from outside the world."""
    context = RenderContext(_empty_template(), globals=scope)
    # The library's own chain also has variables `now` and `today`, read from the machine's clock.
    context.scope = ReadOnlyChainMap(context.locals, context.globals, context.counters)
    return context


@cache
def _empty_template() -> BoundTemplate:
    return environment().from_string("")


def run(program: BoundTemplate, context: RenderContext) -> str:
    """Render a parsed template; its assignments stay in ``context``.

    Raises:
        LiquidError: a filter or tag cannot work with its values.
    """
    buffer = StringIO()
    program.render_with_context(context, buffer)
    return buffer.getvalue()


def describe(error: LiquidError) -> tuple[int | None, str]:
    """Return the line (from 1) of an error in its template, and what is wrong there."""
    token = error.token
    problem = str(error.message)
    if token is None or token.start_index < 0:
        return None, problem
    line = token.source.count("\n", 0, token.start_index) + 1
    if isinstance(error, FilterArgumentError) and token.kind == TOKEN_WORD:
        return line, f"filter {token.value!r}: {problem.removeprefix(token.value + ': ')}"
    excerpt = _excerpt(token.value)
    return line, problem if not excerpt or excerpt in problem else f"{problem}, at {excerpt!r}"


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
