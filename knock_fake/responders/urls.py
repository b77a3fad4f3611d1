"""URLs outside: what is wrong with one, and patterns of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.wildcards import WILD, wild

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_FLAGS = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """Which URLs are meant.

    Attributes:
        source: the pattern as it was written.
        is_regex: whether it is a regular expression, which is searched for in the whole URL.
        compiled: what the URL must match: all of it but the query, unless this is a regular expression.
        query: the parameters that must be there, each with the pattern of its value.
    """

    source: str
    is_regex: bool
    compiled: re.Pattern[str]
    query: tuple[tuple[str, re.Pattern[str]], ...] = ()

    def matches(self, url: str) -> bool:
        """Whether a URL is meant."""
        if self.is_regex:
            return self.compiled.search(url) is not None
        base, query = _split(url)
        if self.compiled.fullmatch(base) is None:
            return False
        given = parse_qsl(query, keep_blank_values=True)
        return all(any(name == key and value.fullmatch(one) for key, one in given) for name, value in self.query)

    def to_json(self) -> Json:
        """Return the pattern as JSON: text, or ``{"regex": ...}``."""
        return show_regex(self.compiled) if self.is_regex else self.source

    def __str__(self) -> str:
        return f"re.compile({self.source!r})" if self.is_regex else self.source


def read_pattern(value: object, place: str) -> UrlPattern:
    """Read a pattern of URLs.

    Args:
        value: a URL in which ``*`` stands for any text, slashes included. With a query (``?page=2``) these parameters
            must be there, and others may; without one the query is of no account. Or a compiled regular expression.
        place: what the pattern is given to, for errors.

    Raises:
        UsageError: no URL could match. UsageTypeError: it is neither text nor a compiled pattern.
    """
    if isinstance(value, re.Pattern):
        if not isinstance(value.pattern, str):
            raise UsageError(f"{place}: {value.pattern!r} is a pattern of bytes, and a URL is text")
        return UrlPattern(value.pattern, True, value)
    if not isinstance(value, str):
        raise UsageTypeError(f"{place}: a URL is text or a compiled pattern, not {type(value).__name__} {value!r}")
    if not value.lower().startswith(("http://", "https://", WILD)) or _BLANK.search(value):
        remedy = f"begin it with https://, as in 'https://{value.strip().lstrip('/') or 'api.example.com'}', or with *"
        raise UsageError(f"{place}: {value!r} is no URL: {remedy}")
    if not value.startswith(WILD) and (problem := url_problem(value.replace(WILD, "1"))):
        raise UsageError(f"{place}: {problem}")
    base, query = _split(value)
    parameters = tuple((name, wild(one)) for name, one in parse_qsl(query, keep_blank_values=True))
    return UrlPattern(value, False, wild(base), parameters)


def show_regex(pattern: re.Pattern[str]) -> JsonObject:
    """Return a regular expression as JSON; flags that it was compiled with stand at its beginning."""
    alone = re.compile(pattern.pattern).flags
    flags = "".join(letter for letter, flag in _FLAGS.items() if pattern.flags & flag and not alone & flag)
    return {"regex": f"(?{flags}){pattern.pattern}" if flags else pattern.pattern}


def url_problem(url: str) -> str | None:
    """Return why nothing can be asked at a URL, or ``None``."""
    if _BLANK.search(url):
        return f"the URL {url!r} holds a blank"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"the URL {url!r} is malformed: {error}"
    if parts.scheme not in _DEFAULT_PORTS:
        return f"the URL {url!r} does not begin with https:// or http://"
    return None if host else f"the URL {url!r} names no host"


def with_query(url: str, query: str) -> str:
    """Return a URL with more parameters; ``query`` is encoded already."""
    if not query:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))


def _split(url: str) -> tuple[str, str]:
    """Return a URL without its query, written in the one way, and the query."""
    base, _, query = url.partition("#")[0].partition("?")
    scheme, separator, rest = base.partition("://")
    if not separator:
        return base, query
    host, slash, path = rest.partition("/")
    host = host.lower().removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ""))
    if not slash and not host.endswith(WILD):
        slash = "/"
    return f"{scheme.lower()}://{host}{slash}{path}", query
