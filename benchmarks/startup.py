"""What it costs to have the plugin, a fresh world, and a live server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.timing import seconds_per_call
from knock_fake import KnockFake

_ROOT = Path(__file__).resolve().parent.parent


def plugin_import() -> float:
    """Return the seconds that importing the plugin takes in an interpreter that has imported pytest."""
    return median(_timed_import() for _ in range(15))


def _timed_import() -> float:
    code = "import pytest, time; t = time.perf_counter(); import conftest_plugin; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, check=True, cwd=_ROOT, capture_output=True, text=True).stdout  # noqa: S603
    return float(shown)


def _open_and_close() -> None:
    with KnockFake():
        pass


def fresh_world() -> float:
    """Return the seconds of making, opening and closing a world, as the fixture does for each test."""
    _open_and_close()
    return median(seconds_per_call(_open_and_close, 200) for _ in range(15))


def live_server() -> tuple[float, float]:
    """Return the seconds of starting a live server until it answers, and of stopping it."""
    KnockFake().serve().stop()
    starts, stops = [], []
    for _ in range(10):
        began = perf_counter()
        server = KnockFake().serve()
        ready = perf_counter()
        server.stop()
        stops.append(perf_counter() - ready)
        starts.append(ready - began)
    return median(starts), median(stops)
