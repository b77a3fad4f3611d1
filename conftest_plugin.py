"""The pytest plugin of knock_fake: fixtures ``knock``, ``knock_server`` and ``knock_client``, marker ``knock``.

pytest imports this module in every session of every project that has knock_fake installed, so it imports nothing but
pytest and the standard library; the rest is imported when a fixture is first asked for.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from knockapi import Knock

    from knock_fake import KnockFake
    from knock_fake.skins.live import LiveServer

_WORLD: pytest.StashKey[KnockFake] = pytest.StashKey()

_MARKER = (
    "knock(seed=0, start=None, unknown_workflows='reject', secret_keys=(), public_keys=(), variables=None, "
    "block_network=False): the world that the fixture `knock` makes for this test, with these arguments of KnockFake."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options; a marker on a test overrides them."""
    parser.addini("knock_seed", "seed of the worlds that the fixture `knock` makes (default 0)", default=None)
    parser.addini("knock_start", "instant at which their clocks begin (default 2026-01-01T00:00:00Z)", default=None)
    parser.addini("knock_unknown_workflows", "reject (default) or accept triggers of unknown workflows", default=None)
    parser.addini(
        "knock_block_network", "refuse calls to other hosts while a world is open", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def knock(request: pytest.FixtureRequest) -> Iterator[KnockFake]:
    """A fresh fake Knock that answers every call this test makes to api.knock.app through httpx or requests."""
    world = _make_world(request)
    request.node.stash[_WORLD] = world
    with world:
        yield world
    _tell_unbuilt(world, request.node)


@pytest.fixture
def knock_client(knock: KnockFake) -> Knock:
    """A real ``knockapi`` client that calls the test's world directly."""
    return knock.client()


@pytest.fixture(scope="session")
def _knock_live_server() -> Iterator[LiveServer]:
    from knock_fake import KnockFake

    with KnockFake().serve() as server:
        yield server


@pytest.fixture
def knock_server(knock: KnockFake, _knock_live_server: LiveServer) -> Iterator[str]:
    """The base URL of a live server that the test's world answers.

    ``KNOCK_BASE_URL`` and ``KNOCK_API_KEY`` point to it for the time of the test. The server is started once a
    session and handed each test's world.
    """
    from knock_fake import KnockFake

    _knock_live_server.handler = knock
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOCK_BASE_URL", _knock_live_server.url)
        patch.setenv("KNOCK_API_KEY", knock.secret_key)
        yield _knock_live_server.url
    # What still calls after its test must not reach the world of the next one unseen.
    _knock_live_server.handler = KnockFake()


def _make_world(request: pytest.FixtureRequest) -> KnockFake:
    from knock_fake import KnockFake

    arguments = _ini_arguments(request.config)
    for marker in reversed([*request.node.iter_markers("knock")]):
        arguments.update(_marker_arguments(marker))
    try:
        return KnockFake(**arguments)
    except (ValueError, TypeError) as error:
        # Without its cause, which would print as a second error: the line says all that there is to say.
        problem = f"the fixture `knock` cannot make its world: {error}"
    return _refuse(problem)


def _marker_arguments(marker: pytest.Mark) -> Mapping[str, Any]:
    from knock_fake import KnockFake
    from knock_fake.errors import nearest

    if marker.args:
        _refuse(f"@pytest.mark.knock takes keywords only, such as seed=1, not {marker.args!r}")
    known = [*inspect.signature(KnockFake).parameters]
    for name in marker.kwargs:
        if name not in known:
            _refuse(f"@pytest.mark.knock has no argument {name!r}; {nearest(name, known)}")
    return marker.kwargs


def _ini_arguments(config: pytest.Config) -> dict[str, Any]:
    arguments: dict[str, Any] = {"block_network": config.getini("knock_block_network")}
    if (seed := config.getini("knock_seed")) is not None:
        if not re.fullmatch(r"[+-]?[0-9]+", seed):
            _refuse(f"the ini option knock_seed must be an integer, not {seed!r}")
        arguments["seed"] = int(seed)
    for name in ("start", "unknown_workflows"):
        if (value := config.getini(f"knock_{name}")) is not None:
            arguments[name] = value
    return arguments


def _refuse(problem: str) -> NoReturn:
    """End the test with this line alone: where in the plugin the problem was found helps nobody."""
    pytest.fail(problem, pytrace=False)


def _tell_unbuilt(world: KnockFake, node: pytest.Item) -> None:
    unbuilt = world.journal.unbuilt
    if unbuilt:
        from knock_fake.failure_report import UnbuiltOperationWarning, describe_unbuilt

        node.warn(UnbuiltOperationWarning(describe_unbuilt(unbuilt)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what Knock did to the report of a failing test."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if report.failed and report.when == "call" and world is not None:
        from knock_fake.failure_report import describe_world

        report.sections.append(("knock", describe_world(world)))
    return report
