from __future__ import annotations

from dataclasses import dataclass

from hypothesis import assume, given
from hypothesis import strategies as st

from knock_fake.gateway.pagination import Page, PageRequest, decode_cursor, encode_cursor, take_page


@dataclass(frozen=True, slots=True)
class Record:
    sequence: int


@dataclass(frozen=True)
class Listing:
    """A list as a test reads it: its sources, its order, and which of its records belong to it."""

    sources: list[list[Record]]
    descending: bool
    divisor: int

    def keep(self, record: Record) -> bool:
        return record.sequence % self.divisor == 0

    def all(self) -> list[Record]:
        kept = [record for source in self.sources for record in source if self.keep(record)]
        return sorted(kept, key=lambda record: record.sequence, reverse=self.descending)

    def page(self, *, after: int | None = None, before: int | None = None, size: int) -> Page[Record]:
        request = PageRequest(after, before, size)
        return take_page(self.sources, request, descending=self.descending, keep=self.keep)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    sequences = sorted(draw(st.sets(st.integers(0, 60))))
    count = draw(st.integers(1, 4))
    sources: list[list[Record]] = [[] for _ in range(count)]
    for sequence in sequences:
        sources[draw(st.integers(0, count - 1))].append(Record(sequence))
    return Listing(sources, draw(st.booleans()), draw(st.integers(1, 3)))


sizes = st.integers(1, 12)
cursors = st.none() | st.integers(0, 61)


def following(page: Page[Record]) -> int | None:
    return None if page.after is None else decode_cursor(page.after, "after")


def preceding(page: Page[Record]) -> int | None:
    return None if page.before is None else decode_cursor(page.before, "before")


def walk(listing: Listing, size: int) -> list[Page[Record]]:
    """Read page after page as a client does, until one says that nothing follows."""
    pages = [listing.page(size=size)]
    while (after := following(pages[-1])) is not None:
        pages.append(listing.page(after=after, size=size))
    return pages


@given(listings(), sizes)
def test_walking_with_after_visits_every_item_once_in_order(listing: Listing, size: int) -> None:
    pages = walk(listing, size)
    assert [record for page in pages for record in page.items] == listing.all()
    assert all(len(page.items) == size for page in pages[:-1])


@given(listings(), sizes)
def test_walking_back_with_before_visits_every_item_once(listing: Listing, size: int) -> None:
    last = walk(listing, size)[-1]
    visited, before = list(last.items), preceding(last)
    while before is not None:
        page = listing.page(before=before, size=size)
        visited[:0] = page.items
        before = preceding(page)
    assert visited == listing.all()


@given(listings(), sizes, st.integers(1, 10))
def test_newer_items_do_not_shift_pages(listing: Listing, size: int, created: int) -> None:
    assume(listing.descending)
    pages = walk(listing, size)
    cursors_given = [following(page) for page in pages[:-1]]
    listing.sources[0].extend(Record(sequence) for sequence in range(100, 100 + created))
    again = [listing.page(after=after, size=size) for after in cursors_given]
    assert [page.items for page in again] == [page.items for page in pages[1:]]


@given(listings(), sizes)
def test_newer_items_are_found_before_the_newest_one_known(listing: Listing, size: int) -> None:
    assume(listing.descending)
    assume(listing.all())
    newest = listing.all()[0].sequence
    assert listing.page(before=newest, size=size).items == []
    listing.sources[0].append(Record(102))
    assert listing.page(before=newest, size=size).items == [Record(102)]


@given(listings(), cursors, cursors, sizes)
def test_a_page_agrees_with_a_naive_model(listing: Listing, after: int | None, before: int | None, size: int) -> None:
    assert listing.page(after=after, before=before, size=size) == naive_page(listing, after, before, size)


def naive_page(listing: Listing, after: int | None, before: int | None, size: int) -> Page[Record]:
    def is_past(record: Record, cursor: int) -> bool:
        return record.sequence < cursor if listing.descending else record.sequence > cursor

    def is_ahead(record: Record, cursor: int) -> bool:
        return record.sequence > cursor if listing.descending else record.sequence < cursor

    rest = [record for record in listing.all() if after is None or is_past(record, after)]
    rest = [record for record in rest if before is None or is_ahead(record, before)]
    goes_back = before is not None and after is None
    items = rest[-size:] if goes_back else rest[:size]
    if not items:
        return Page([], None, None, size)
    more = len(rest) > size
    first, last = encode_cursor(items[0].sequence), encode_cursor(items[-1].sequence)
    has_before = more if goes_back else after is not None
    return Page(items, last if more or before is not None else None, first if has_before else None, size)


@given(st.integers(0, 2**64 - 1))
def test_a_cursor_reads_back(sequence: int) -> None:
    assert decode_cursor(encode_cursor(sequence), "after") == sequence


@given(st.sets(st.integers(0, 2**64 - 1), min_size=2, max_size=2))
def test_two_places_have_two_cursors(places: set[int]) -> None:
    one, other = places
    assert encode_cursor(one) != encode_cursor(other)
