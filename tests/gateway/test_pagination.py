from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import pytest

from knock_fake.errors import ApiError
from knock_fake.gateway.pagination import (
    Page,
    PageRequest,
    decode_cursor,
    encode_cursor,
    page_info,
    read_page,
    take_page,
)

if TYPE_CHECKING:
    from knock_fake.json_types import Json


@dataclass(frozen=True, slots=True)
class Record:
    sequence: int


class Watched(Sequence[Record]):
    """A list of records that counts how often one is looked at."""

    def __init__(self, sequences: Sequence[int]) -> None:
        self.records = [Record(sequence) for sequence in sequences]
        self.looks = 0

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        self.looks += 1
        return self.records[index]


def records(*sequences: int) -> list[Record]:
    return [Record(sequence) for sequence in sequences]


def shown(page: Page[Record]) -> tuple[list[int], int | None, int | None]:
    """Return the page's sequences and, decoded, where its cursors after and before point."""
    after = None if page.after is None else decode_cursor(page.after, "after")
    before = None if page.before is None else decode_cursor(page.before, "before")
    return [record.sequence for record in page.items], after, before


# The request's cursors and size; the page's items; the cursors of its page_info.
ASCENDING = [
    pytest.param((None, None, 2), [1, 2], 2, None, id="first page"),
    pytest.param((None, None, 5), [1, 2, 3, 4, 5], None, None, id="all on one page"),
    pytest.param((None, None, 9), [1, 2, 3, 4, 5], None, None, id="page larger than the list"),
    pytest.param((2, None, 2), [3, 4], 4, 3, id="a page in the middle"),
    pytest.param((3, None, 2), [4, 5], None, 4, id="the last page"),
    pytest.param((5, None, 2), [], None, None, id="after the last item"),
    pytest.param((0, None, 2), [1, 2], 2, 1, id="after a place before the first item"),
    pytest.param((None, 4, 2), [2, 3], 3, 2, id="back, with more before"),
    pytest.param((None, 3, 2), [1, 2], 2, None, id="back, with nothing before"),
    pytest.param((None, 2, 2), [1], 1, None, id="back to a short page"),
    pytest.param((None, 1, 2), [], None, None, id="before the first item"),
    pytest.param((None, 99, 2), [4, 5], 5, 4, id="before a place after the last item"),
    pytest.param((1, 5, 2), [2, 3], 3, 2, id="between, counted from after"),
    pytest.param((1, 4, 2), [2, 3], 3, 2, id="between, filled exactly"),
    pytest.param((3, 5, 2), [4], 4, 4, id="between, fewer than a page"),
    pytest.param((2, 3, 2), [], None, None, id="between neighbours"),
    pytest.param((4, 2, 2), [], None, None, id="between cursors that have passed one another"),
]

DESCENDING = [
    pytest.param((None, None, 2), [5, 4], 4, None, id="first page"),
    pytest.param((None, None, 5), [5, 4, 3, 2, 1], None, None, id="all on one page"),
    pytest.param((4, None, 2), [3, 2], 2, 3, id="a page in the middle"),
    pytest.param((3, None, 2), [2, 1], None, 2, id="the last page"),
    pytest.param((1, None, 2), [], None, None, id="after the last item"),
    pytest.param((None, 2, 2), [4, 3], 3, 4, id="back, with more before"),
    pytest.param((None, 3, 2), [5, 4], 4, None, id="back, with nothing before"),
    pytest.param((None, 5, 2), [], None, None, id="before the first item"),
    pytest.param((5, 1, 2), [4, 3], 3, 4, id="between, counted from after"),
]


@pytest.mark.parametrize(("request_", "items", "after", "before"), ASCENDING)
def test_a_page_of_a_list_that_shows_the_oldest_first(
    request_: tuple[int | None, int | None, int], items: list[int], after: int | None, before: int | None
) -> None:
    page = take_page([records(1, 2, 3, 4, 5)], PageRequest(*request_), descending=False)
    assert shown(page) == (items, after, before)
    assert page.size == request_[2]


@pytest.mark.parametrize(("request_", "items", "after", "before"), DESCENDING)
def test_a_page_of_a_list_that_shows_the_newest_first(
    request_: tuple[int | None, int | None, int], items: list[int], after: int | None, before: int | None
) -> None:
    page = take_page([records(1, 2, 3, 4, 5)], PageRequest(*request_), descending=True)
    assert shown(page) == (items, after, before)


def test_several_lists_read_as_one() -> None:
    sources = [records(1, 4, 6), records(), records(2, 3, 7), records(5)]
    newest = take_page(sources, PageRequest(None, None, 4), descending=True)
    assert shown(newest) == ([7, 6, 5, 4], 4, None)
    back = take_page(sources, PageRequest(None, 6, 3), descending=False)
    assert shown(back) == ([3, 4, 5], 5, 3)


def test_no_lists_read_as_an_empty_one() -> None:
    empty: list[list[Record]] = []
    assert shown(take_page(empty, PageRequest(None, None, 5), descending=True)) == ([], None, None)


def test_only_items_to_keep_fill_the_page_and_count_as_following() -> None:
    source = [records(1, 2, 3, 4, 5, 6, 7)]

    def is_even(record: Record) -> bool:
        return record.sequence % 2 == 0

    first = take_page(source, PageRequest(None, None, 2), descending=False, keep=is_even)
    assert shown(first) == ([2, 4], 4, None)
    last = take_page(source, PageRequest(4, None, 2), descending=False, keep=is_even)
    assert shown(last) == ([6], None, 6)


def test_a_cursor_of_a_removed_record_keeps_its_place() -> None:
    page = take_page([records(1, 2, 5, 6)], PageRequest(3, None, 1), descending=False)
    assert shown(page) == ([5], 5, 5)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("after", "before"), [(None, None), (50_000, None), (None, 50_000), (50_000, 60_000), (60_000, 50_000)]
)
def test_a_page_costs_the_page_not_the_list(after: int | None, before: int | None, *, descending: bool) -> None:
    source = Watched(range(100_000))
    take_page([source], PageRequest(after, before, 50), descending=descending)
    bisections = 17 * ((after is not None) + (before is not None))
    assert source.looks <= 51 + bisections


def test_a_page_of_several_lists_looks_at_one_item_more_of_each() -> None:
    sources = [Watched(range(start, 30_000, 3)) for start in range(3)]
    take_page(sources, PageRequest(None, None, 50), descending=True)
    assert sum(source.looks for source in sources) <= 51 + len(sources)


@pytest.mark.parametrize(("sequence", "cursor"), [(0, "AAAAAAAAAAA="), (1, "AAAAAAAAAAE="), (62, "AAAAAAAAAD4=")])
def test_a_cursor_is_url_safe_base64_with_its_padding(sequence: int, cursor: str) -> None:
    assert encode_cursor(sequence) == cursor
    assert decode_cursor(cursor, "after") == sequence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "nonsense",
        "AAAAAAAAAAE",  # the padding is missing
        "AAAAAAAAAAE==",
        "AAAAAAAAAAF=",  # bits after the end
        " AAAAAAAAAAE=",
        "AAAAAAAAAAE=\n",
        "AAAAAAAAAAAAAAE=",  # longer than a place
        "//////////8=",  # the other alphabet
        "g3QAAAABZAACaWRtAAAAAzEyMw==",
        "ÄAAAAAAAAAE=",
        "A" * 10_000,
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as error:
        decode_cursor(text, "before")
    assert error.value.status == 422
    assert error.value.body == {
        "code": "invalid_params",
        "message": "One or more parameters were rejected.",
        "status": 422,
        "type": "invalid_request_error",
        "errors": [
            {
                "field": "before",
                "message": "is not a cursor that a page of this API has given out",
                "type": "cursor",
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        ({}, PageRequest(None, None, 50)),
        ({"page_size": 10}, PageRequest(None, None, 10)),
        ({"page_size": 0}, PageRequest(None, None, 1)),
        ({"page_size": -3}, PageRequest(None, None, 1)),
        ({"page_size": 51}, PageRequest(None, None, 50)),
        ({"after": encode_cursor(7)}, PageRequest(7, None, 50)),
        ({"before": encode_cursor(7), "status": "read"}, PageRequest(None, 7, 50)),
        ({"after": encode_cursor(7), "before": encode_cursor(9)}, PageRequest(7, 9, 50)),
        ({"after": None, "before": None, "page_size": None}, PageRequest(None, None, 50)),
    ],
)
def test_a_query_is_read(query: dict[str, Json], request_: PageRequest) -> None:
    assert read_page(query) == request_


def test_a_list_may_have_its_own_sizes() -> None:
    assert read_page({}, default=25).size == 25
    assert read_page({"page_size": 500}, maximum=200).size == 200


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"page_size": "ten"}, "page_size", "must be an integer"),
        ({"page_size": True}, "page_size", "must be an integer"),
        ({"page_size": 1.5}, "page_size", "must be an integer"),
        ({"after": 12}, "after", "must be a string"),
        ({"before": [encode_cursor(1)]}, "before", "must be a string"),
        ({"after": "12"}, "after", "is not a cursor that a page of this API has given out"),
    ],
)
def test_a_malformed_query_is_refused(query: dict[str, Json], field: str, message: str) -> None:
    with pytest.raises(ApiError) as error:
        read_page(query)
    assert (error.value.status, error.value.hint) == (422, f"{field} {message}")


def test_page_info_names_the_cursors_and_the_size() -> None:
    page = Page(records(3), "after-cursor", None, 50)
    assert page_info(page) == {
        "__typename": "PageInfo",
        "after": "after-cursor",
        "before": None,
        "page_size": 50,
    }


@pytest.mark.parametrize(("total", "counted"), [(0, 0), (9_999, 9_999), (10_000, 10_000), (10_001, 10_000)])
def test_page_info_counts_to_ten_thousand(total: int, counted: int) -> None:
    assert page_info(Page(records(), None, None, 50), total)["total_count"] == counted
