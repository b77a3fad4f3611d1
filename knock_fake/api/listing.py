"""One page of any list, in the envelope that Knock uses for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from knock_fake.gateway.pagination import DEFAULT_SIZE, encode_cursor, page_info, read_page, take_page
from knock_fake.state.index import Sequenced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

_T = TypeVar("_T", bound=Sequenced)


def show_page(
    request: Request,
    sources: Sequence[Sequence[_T]],
    show: Callable[[_T], JsonObject],
    *,
    envelope: Literal["entries", "items"],
    descending: bool,
    keep: Callable[[_T], bool] | None = None,
    floor: int | None = None,
    maximum: int = DEFAULT_SIZE,
    default: int = DEFAULT_SIZE,
    total_count: int | None = None,
) -> JsonObject:
    """Return one page: ``{envelope: [...], page_info}``, each item with its ``__cursor``.

    Args:
        request: the call, for its ``after``, ``before`` and ``page_size``.
        sources: lists in order of creation that read as one.
        show: how one record is shown.
        envelope: the key that Knock puts this list under.
        descending: whether the newest come first.
        keep: which records belong to the list.
        floor: records up to this place in creation order do not.
        maximum: the largest page.
        default: the size of a page when the call asks for none.
        total_count: how many records the whole list has, for the lists that show it.
    """
    wanted = read_page(request.query, default=default, maximum=maximum)
    page = take_page(sources, wanted, descending=descending, keep=keep, floor=floor)
    items: list[Json] = [{**show(item), "__cursor": encode_cursor(item.sequence)} for item in page.items]
    return {envelope: items, "page_info": page_info(page, total_count)}
