"""``python -m benchmarks`` prints one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import directories, engine, keeping, sdk_calls, server, startup, validation

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[str, str, str, str, str]
HEADINGS: Row = ("what", "knock_fake", "against", "ratio", "goal")


def rows() -> Iterator[Row]:
    """Yield the rows as they are measured."""
    for name, comparison, goal in sdk_calls.measure():
        ours, other = f"{comparison.ours * 1e6:.0f} us", f"{comparison.other * 1e6:.0f} us (null transport)"
        yield f"SDK {name}", ours, other, f"{comparison.ratio:.2f}x", goal
    yield "plugin import", f"{startup.plugin_import() * 1e3:.1f} ms", "bare pytest", "", "under 10 ms"
    yield "fresh world, opened and closed", f"{startup.fresh_world() * 1e6:.0f} us", "", "", "under 1 ms"
    first, later = directories.world_with_workflows()
    yield f"the same with {directories.WORKFLOWS} workflows from disk", f"{later * 1e3:.2f} ms", "", "", "a few ms"
    yield "the same, read and compiled anew", f"{first * 1e3:.0f} ms", "", "", ""
    start, stop = startup.live_server()
    yield "live server start", f"{start * 1e3:.1f} ms", "", "", ""
    yield "live server stop", f"{stop * 1e3:.1f} ms", "", "", "under 50 ms"
    for name, mine, its, ratio in server.measure():
        yield f"live {name}", f"{mine:.0f} req/s", f"{its:.0f} req/s (bare Starlette)", f"{ratio:.2f}x", "at least 0.7x"
    for name, duration, runs, goal in engine.measure():
        yield name, f"{duration * 1e3:.0f} ms, {duration / runs * 1e6:.0f} us a run", "", "", goal
    for name, duration, goal in keeping.measure():
        yield name, f"{duration * 1e3:.1f} ms", "", "", goal
    for name, microseconds in validation.compare():
        yield f"1,000 recipients: {name}", f"{microseconds:.0f} us", "", "", ""


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    widths = (46, 26, 34, 8, 14)
    for row in (HEADINGS, *rows()):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


if __name__ == "__main__":
    main()
