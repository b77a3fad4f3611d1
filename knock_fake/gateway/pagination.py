"""Pages of a list: cursors, which items stand on a page, and the ``page_info`` that leads to the next one.

A cursor is a place in creation order, not an offset, so items that are created or removed between two calls
do not shift pages.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from knock_fake.errors import invalid_field
from knock_fake.json_types import is_whole
from knock_fake.state.index import Sequenced, by_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject

DEFAULT_SIZE = 50
"""Items on a page when the caller names no ``page_size``, and at most, for most of Knock's lists."""

TOTAL_COUNT_CAP = 10_000
"""Knock counts no further than this."""


T = TypeVar("T", bound=Sequenced)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a caller asks for: items after one cursor, before another, and how many at most."""

    after: int | None
    before: int | None
    size: int

    @property
    def goes_back(self) -> bool:
        """Whether the page is filled from its end: the items that immediately precede ``before``."""
        return self.after is None and self.before is not None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items in list order, the cursors of ``page_info``, and the page size that was asked for."""

    items: list[T]
    after: str | None
    before: str | None
    size: int


def encode_cursor(sequence: int) -> str:
    """Return the opaque cursor of a record: 12 URL-safe characters, the last one a ``=``."""
    return urlsafe_b64encode(sequence.to_bytes(8, "big")).decode("ascii")


def decode_cursor(text: str, field: str) -> int:
    """Read a cursor back.

    Args:
        text: the cursor as the caller sent it.
        field: the query parameter it came in.

    Returns:
        The place of the record that the cursor was made from; the record may be gone.

    Raises:
        ApiError: 422, the text is none of this API's cursors (undocumented by Knock: our choice).
    """
    try:
        sequence = int.from_bytes(urlsafe_b64decode(text), "big")
        # Base64 reads much that it would not write; only what was handed out may come back.
        if encode_cursor(sequence) == text:
            return sequence
    except (ValueError, OverflowError):
        pass
    raise invalid_field(field, "is not a cursor that a page of this API has given out", "cursor")


def read_page(query: Mapping[str, Json], *, default: int = DEFAULT_SIZE, maximum: int = DEFAULT_SIZE) -> PageRequest:
    """Read ``after``, ``before`` and ``page_size`` from a decoded query.

    Args:
        query: the decoded query; other parameters are left alone.
        default: items on a page when ``page_size`` is absent.
        maximum: items on a page at most. A size out of range is taken to the nearest bound (undocumented by
            Knock: our choice).

    Returns:
        The request.

    Raises:
        ApiError: 422, a cursor is malformed or ``page_size`` is no integer.
    """
    size = query.get("page_size")
    if size is None:
        size = default
    if not is_whole(size):
        raise invalid_field("page_size", "must be an integer", "type")
    return PageRequest(_read_cursor(query, "after"), _read_cursor(query, "before"), max(1, min(size, maximum)))


def _read_cursor(query: Mapping[str, Json], field: str) -> int | None:
    text = query.get(field)
    if text is None:
        return None
    if not isinstance(text, str):
        raise invalid_field(field, "must be a string", "type")
    return decode_cursor(text, field)


def take_page(
    sources: Sequence[Sequence[T]],
    request: PageRequest,
    *,
    descending: bool,
    keep: Callable[[T], bool] | None = None,
    floor: int | None = None,
) -> Page[T]:
    """Take one page from sorted lists that read as one.

    A page costs the page: the place of a cursor is found by bisection, and no more items are looked at than
    fill the page and tell whether another one follows. With ``keep``, as many as that needs.

    Args:
        sources: lists that each rise by ``sequence`` and share no record.
        request: cursors and size.
        descending: whether the list shows the newest first.
        keep: which items belong to the list; all of them without it.
        floor: items up to this place do not belong to the list; they cost nothing.

    Returns:
        The page. Its cursors follow Knock's paginator: ``after`` is absent when nothing follows, but always
        there when ``before`` was sent; ``before`` is absent when no cursor was sent, or nothing precedes.
    """
    rising = descending == request.goes_back
    walk = _walk(sources, request, floor, descending=descending, rising=rising)
    found = list(islice(walk if keep is None else filter(keep, walk), request.size + 1))
    goes_on = len(found) > request.size
    items = found[: request.size]
    if request.goes_back:
        items.reverse()
    return _page(items, request, goes_on=goes_on)


def _walk(
    sources: Sequence[Sequence[T]], request: PageRequest, floor: int | None, *, descending: bool, rising: bool
) -> Iterable[T]:
    above, below = (request.before, request.after) if descending else (request.after, request.before)
    lowest = max((place for place in (above, floor) if place is not None), default=None)
    walks = [_between(source, lowest, below, rising=rising) for source in sources]
    return merge(*walks, key=by_sequence, reverse=not rising)


def _between(source: Sequence[T], above: int | None, below: int | None, *, rising: bool) -> Iterator[T]:
    first = 0 if above is None else bisect_right(source, above, key=by_sequence)
    end = len(source) if below is None else bisect_left(source, below, key=by_sequence)
    return (source[index] for index in (range(first, end) if rising else range(end - 1, first - 1, -1)))


def _page(items: list[T], request: PageRequest, *, goes_on: bool) -> Page[T]:
    if not items:
        return Page(items, None, None, request.size)
    has_after = goes_on or request.before is not None
    has_before = request.after is not None or (request.goes_back and goes_on)
    after = encode_cursor(items[-1].sequence) if has_after else None
    before = encode_cursor(items[0].sequence) if has_before else None
    return Page(items, after, before, request.size)


def page_info(page: Page[T], total_count: int | None = None) -> JsonObject:
    """Return the ``page_info`` of a page.

    Args:
        page: the page.
        total_count: items in the whole list, for the lists that show it; shown as 10,000 at most.

    Returns:
        The object as it stands in the body.
    """
    info: JsonObject = {
        "__typename": "PageInfo",
        "after": page.after,
        "before": page.before,
        "page_size": page.size,
    }
    if total_count is not None:
        info["total_count"] = min(total_count, TOTAL_COUNT_CAP)
    return info
