"""What the browser tests need of the machine: a browser, node, npm, and the packages of ``package.json``."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.webdriver import CHROMEDRIVER, CHROMIUM, Browser, browsing

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SECONDS_TO_WAIT = 300


@pytest.fixture(scope="session")
def node_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of this directory with the packages installed; without node or packages its tests are skipped."""
    with packages(HERE, tmp_path_factory.mktemp("browser") / "tests") as directory:
        yield directory


@contextmanager
def packages(source: Path, directory: Path) -> Iterator[Path]:
    """Copy a directory with a ``package.json`` and install what it names, or skip the tests that need it.

    What was installed, which may be hundreds of megabytes, is removed afterwards: pytest keeps its directories.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    shutil.copytree(source, directory, ignore=shutil.ignore_patterns("*.py", "__pycache__", "node_modules"))
    install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(install, cwd=directory, capture_output=True, text=True, check=False, timeout=SECONDS_TO_WAIT)  # noqa: S603 - our own package.json
    if done.returncode != 0:
        pytest.skip(f"the packages could not be installed: {done.stdout[-500:]}{done.stderr[-500:]}")
    yield directory
    shutil.rmtree(directory / "node_modules")


@pytest.fixture(scope="session")
def _one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None or CHROMEDRIVER is None:
        pytest.skip("these tests need chromium and chromedriver on the PATH (Debian: chromium, chromium-driver)")
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(_one_browser: Browser) -> Iterator[Browser]:
    """A window that remembers nothing of the test before, on an empty page."""
    _one_browser.open("about:blank")
    _one_browser.resize(1280, 800)
    _one_browser.complaints()
    yield _one_browser
    _one_browser.close_others()
