"""The pytest plugin of knock_fake: fixtures ``knock``, ``knock_server`` and ``knock_client``, marker ``knock``.

The environment that a test sees: ``KNOCK_API_KEY`` is there, and ``KNOCK_BASE_URL`` names this test's server or
nothing, since a left-over one would lead the SDK past the world.

pytest imports this module in every session of every project that has knock_fake installed, so it imports nothing but
pytest and the standard library; the rest is imported when a fixture is first asked for.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from knockapi import Knock

    from knock_fake import KnockFake
    from knock_fake.skins.live import LiveServer

_WORLD: pytest.StashKey[KnockFake] = pytest.StashKey()

_TOLD: pytest.StashKey[WeakKeyDictionary[KnockFake, dict[str, int]]] = pytest.StashKey()

_RAISED: pytest.StashKey[WeakKeyDictionary[KnockFake, int]] = pytest.StashKey()

_MARKER = (
    "knock(seed=0, start=None, unknown_workflows='reject', secret_keys=(), public_keys=(), variables=None, "
    "knock_dir=None, scenario=None, strict_variables=False, block_network=False, allow_http=False): the world that "
    "the fixture `knock` makes for this test, with these arguments of KnockFake; knock_dir and scenario are relative "
    "to the ini file."
)

_SWITCHES = ("strict_variables", "block_network")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options; a marker on a test overrides them."""
    parser.addini("knock_seed", "seed of the worlds that the fixture `knock` makes (default 0)", default=None)
    parser.addini("knock_start", "instant at which their clocks begin (default 2026-01-01T00:00:00Z)", default=None)
    parser.addini("knock_unknown_workflows", "reject (default) or accept triggers of unknown workflows", default=None)
    parser.addini(
        "knock_dir", "directories of workflows to load into them, relative to the ini file", type="paths", default=[]
    )
    parser.addini(
        "knock_scenario", "scenario files to lay over them, relative to the ini file", type="paths", default=[]
    )
    parser.addini(
        "knock_strict_variables", "let a missing variable of a template fail its step", type="bool", default=False
    )
    parser.addini(
        "knock_block_network", "refuse calls to other hosts while a world is open", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse ini options that no world could take."""
    config.addinivalue_line("markers", _MARKER)
    seed, unknown = config.getini("knock_seed"), config.getini("knock_unknown_workflows")
    if seed is not None and not re.fullmatch(r"[+-]?[0-9]+", seed):
        raise pytest.UsageError(f"the ini option knock_seed must be an integer, not {seed!r}")
    if unknown not in (None, "reject", "accept"):
        problem = f"must be 'reject' or 'accept', not {unknown!r}"
        raise pytest.UsageError(f"the ini option knock_unknown_workflows {problem}")
    for name in _SWITCHES:
        try:
            config.getini(f"knock_{name}")
        except (ValueError, pytest.UsageError) as error:  # which of them depends on the version of pytest
            problem = f"the ini option knock_{name} must be true or false: {error}"
            raise pytest.UsageError(problem) from None


@pytest.fixture
def knock(request: pytest.FixtureRequest) -> Iterator[KnockFake]:
    """A fresh fake Knock that answers every call this test makes to api.knock.app through httpx or requests.

    For the time of the test ``KNOCK_API_KEY`` is set where it is not, so that a plain ``Knock()`` works, and
    ``KNOCK_BASE_URL`` is unset, which would lead ``Knock()`` elsewhere; ``knock_server`` sets it to its own.
    """
    world = _make_world(request)
    request.node.stash[_WORLD] = world
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KNOCK_BASE_URL", raising=False)
        if not os.environ.get("KNOCK_API_KEY"):  # noqa: TID251 - a plugin's business, not the core's
            patch.setenv("KNOCK_API_KEY", world.secret_key)
        with world:
            yield world


@pytest.fixture
def knock_client(request: pytest.FixtureRequest, knock: KnockFake) -> Knock:
    """A real ``knockapi`` client that calls the test's world directly."""
    return _accept_world(request, knock).client()


@pytest.fixture(scope="session")
def _knock_live_server() -> Iterator[LiveServer]:
    from knock_fake import KnockFake

    with KnockFake().serve() as server:
        yield server


@pytest.fixture
def knock_server(request: pytest.FixtureRequest, knock: KnockFake, _knock_live_server: LiveServer) -> Iterator[str]:
    """The base URL of a live server that the test's world answers.

    ``KNOCK_BASE_URL`` and ``KNOCK_API_KEY`` point to it for the time of the test. The server is started once a
    session and handed each test's world.
    """
    from knock_fake import KnockFake
    from knock_fake.control.plane import ControlledServer
    from knock_fake.control.worlds import OneWorld

    world = _accept_world(request, knock)
    _knock_live_server.handler = ControlledServer(OneWorld(world))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOCK_BASE_URL", _knock_live_server.url)
        patch.setenv("KNOCK_API_KEY", world.secret_key)
        yield _knock_live_server.url
    # What still calls after its test must not reach the world of the next one unseen.
    _knock_live_server.handler = KnockFake()


def _accept_world(request: pytest.FixtureRequest, knock: object) -> KnockFake:
    """Return what the fixture `knock` gave, which a project may override."""
    from knock_fake import KnockFake

    if not isinstance(knock, KnockFake):
        problem = f"the fixture `knock` is overridden here and is no KnockFake: it gave {knock!r}"
        _refuse(f"{problem}; yield a KnockFake from it, or give it another name")
    request.node.stash[_WORLD] = knock
    return knock


def _make_world(request: pytest.FixtureRequest) -> KnockFake:
    from knock_fake import KnockFake

    options = _ini_arguments(request.config)
    arguments = {**options}
    for marker in reversed([*request.node.iter_markers("knock")]):
        arguments.update(_marker_arguments(marker, request.config))
    try:
        return KnockFake(**arguments)
    except (ValueError, TypeError) as error:
        # Without its cause, which would print as a second error: the line says all that there is to say.
        problem = f"{_culprit(options, arguments)}: {error}"
    return _refuse(problem)


def _culprit(options: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return what holds the argument that no world can be made with: an ini option by name, or the marker."""
    from knock_fake import KnockFake

    for name, value in options.items():
        try:
            KnockFake(**{name: value})
        except (ValueError, TypeError):
            if arguments[name] is value:
                return f"the ini option knock_{name.removeprefix('knock_')}"
    return "@pytest.mark.knock"


def _marker_arguments(marker: pytest.Mark, config: pytest.Config) -> Mapping[str, Any]:
    from knock_fake import KnockFake
    from knock_fake.errors import nearest

    if marker.args:
        _refuse(f"@pytest.mark.knock takes keywords only, such as seed=1, not {marker.args!r}")
    known = [*inspect.signature(KnockFake).parameters]
    for name in marker.kwargs:
        if name not in known:
            _refuse(f"@pytest.mark.knock has no argument {name!r}; {nearest(name, known)}")
    paths = {name: marker.kwargs[name] for name in ("knock_dir", "scenario") if marker.kwargs.get(name) is not None}
    return {**marker.kwargs, **{name: _beside_ini_file(given, config) for name, given in paths.items()}}


def _beside_ini_file(given: object, config: pytest.Config) -> object:
    """Return paths that are relative to the ini file, as pytest reads those that stand in it."""
    base = config.rootpath if config.inipath is None else config.inipath.parent
    if isinstance(given, str | os.PathLike):
        return base / given
    return [_beside_ini_file(one, config) for one in given] if isinstance(given, list | tuple) else given


def _ini_arguments(config: pytest.Config) -> dict[str, Any]:
    arguments: dict[str, Any] = {name: config.getini(f"knock_{name}") for name in _SWITCHES}
    for name in ("knock_dir", "scenario"):
        if paths := config.getini(name if name == "knock_dir" else "knock_scenario"):
            arguments[name] = paths
    for name, read in (("seed", int), ("start", str), ("unknown_workflows", str)):
        if (value := config.getini(f"knock_{name}")) is not None:
            arguments[name] = read(value)
    return arguments


def _refuse(problem: str) -> NoReturn:
    """End the test with this line alone: where in the plugin the problem was found helps nobody."""
    pytest.fail(problem, pytrace=False)


def _world_of(item: pytest.Item) -> KnockFake | None:
    """Return the world of a test, that of an overridden fixture `knock` too."""
    if "knock_fake" not in sys.modules:
        return None
    from knock_fake import KnockFake

    fixtures: Mapping[str, object] = getattr(item, "funcargs", None) or {}
    world = item.stash.get(_WORLD, fixtures.get("knock"))
    return world if isinstance(world, KnockFake) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Warn at a test of calls that this version does not answer, and of receivers of webhooks that raised errors."""
    yield
    world = _world_of(item)
    if world is not None:
        _tell_unbuilt(world, item)
        _tell_raised(world, item)


def _tell_unbuilt(world: KnockFake, item: pytest.Item) -> None:
    # A world of a wider scope has told of the tests before this one already.
    told = item.session.stash.setdefault(_TOLD, WeakKeyDictionary())
    before, unbuilt = told.get(world, {}), world.journal.unbuilt
    told[world] = unbuilt
    new = {name: count - before.get(name, 0) for name, count in unbuilt.items() if count > before.get(name, 0)}
    if new:
        from knock_fake.failure_report import UnbuiltOperationWarning, describe_unbuilt

        item.warn(UnbuiltOperationWarning(describe_unbuilt(new)))


def _tell_raised(world: KnockFake, item: pytest.Item) -> None:
    # A world of a wider scope has told of the tests before this one already.
    told = item.session.stash.setdefault(_RAISED, WeakKeyDictionary())
    before, raised = told.get(world, 0), world.state.webhooks.raised()
    told[world] = len(raised)
    if len(raised) > before:
        from knock_fake.failure_report import WebhookReceiverWarning, describe_raised

        item.warn(WebhookReceiverWarning(describe_raised(raised[before:])))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what Knock did to the report of whatever fails: a fixture after `knock`, the test, the teardown."""
    report = yield
    world = _world_of(item) if report.failed else None
    if world is not None:
        from knock_fake.failure_report import describe_world

        report.sections.append(("knock", describe_world(world)))
    if report.when == "teardown" and _WORLD in item.stash:
        del item.stash[_WORLD]  # pytest keeps its items to the end of the session, and with them every world
    return report
