"""The coverage page is the one that the declarations give, and it is complete."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.api import OPERATIONS

if TYPE_CHECKING:
    from types import ModuleType

PAGE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"
KNOCKS_OPERATIONS = 120


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_page", PAGE.with_suffix(".py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == script().render(), "run: python docs/coverage.py"


def test_every_operation_of_knock_is_declared_once() -> None:
    requests = {(operation.method, operation.path) for operation in OPERATIONS}
    assert len(requests) == len(OPERATIONS) == KNOCKS_OPERATIONS + 1  # and the OpenAPI document
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
