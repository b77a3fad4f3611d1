"""Directories that tests write: from a mapping of paths to what stands in the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Files: TypeAlias = "Mapping[str, object]"
Write: TypeAlias = "Callable[[Files], Path]"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into an empty directory, which is the current one: text and bytes as they are, all else as JSON."""
    monkeypatch.chdir(tmp_path)

    def write(files: Files) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path

    return write
