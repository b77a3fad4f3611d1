"""``knock-fake``: the fake as a server on this machine, and a demonstration in the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import click
import orjson

from knock_fake import __version__, option_types
from knock_fake.errors import DirectoryError, KnockFakeError, UsageError
from knock_fake.world import API_KEY, KnockFake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.control.plane import ControlledServer
    from knock_fake.control.worlds import Worlds
    from knock_fake.scenarios.reading import Source
    from knock_fake.workflows.loaded import Loaded

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 4010

_FAILED = 1
_BAD_USAGE = 2
_INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. What goes wrong is told in one line on stderr.

    Args:
        arguments: the words after the program's name; those of this process when left out.

    Returns:
        0 when all went well, a server's end by SIGTERM or Ctrl-C included; 1 when a server cannot start or a directory
        cannot be loaded;
        2 for arguments that cannot be taken; 130 when Ctrl-C came before there was a server.
    """
    color = False if os.environ.get("NO_COLOR") else None  # noqa: TID251 - the switch that no-color.org asks for
    try:
        cli.main(arguments, prog_name="knock-fake", standalone_mode=False, color=color)
    except click.ClickException as error:
        return _complain(error.format_message(), _BAD_USAGE)
    except KnockFakeError as error:
        return _complain(str(error), _FAILED)
    except click.Abort:
        return _INTERRUPTED
    return 0


def _complain(message: str, code: int) -> int:
    click.echo(f"knock-fake: {message}", err=True)
    return code


@click.group(invoke_without_command=True)
@click.version_option(__version__, message="knock-fake %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a fake of Knock's notification API: stateful, deterministic, on this machine alone."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@click.option(
    "--host",
    type=option_types.host,
    default=LOOPBACK,
    show_default=True,
    metavar="ADDRESS",
    help="Name or address to listen on.",
)
@click.option(
    "--port",
    type=option_types.port,
    default=str(DEFAULT_PORT),
    show_default=True,
    metavar="NUMBER",
    help="Port to listen on; 0 takes any free one.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual"]),
    default="real",
    show_default=True,
    help="Whether time goes on by itself or stands still.",
)
@click.option(
    "--speed",
    type=option_types.speed,
    metavar="NUMBER",
    help="How fast the real clock goes: 60 makes an hour of every minute.  [default: 1]",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="NUMBER", help="Where identifiers come from.")
@click.option(
    "--start",
    type=option_types.instant,
    metavar="INSTANT",
    help="Where the clock begins, such as 2026-01-01T09:00:00Z.  [default: now; for the manual clock "
    "2026-01-01T00:00:00Z]",
)
@click.option(
    "--knock-dir",
    "knock_dirs",
    multiple=True,
    metavar="DIR",
    help="A directory of workflows and what belongs to them, as Knock's command line pulls it; repeatable.",
)
@click.option(
    "--unknown-workflows",
    type=click.Choice(["reject", "accept"]),
    help="What becomes of triggers of workflows that nobody defined. reject: 404, as from Knock. accept: the "
    "workflow is made up, with one in-app step. The ready line tells which of the two holds.  [default: accept; "
    "with --knock-dir reject]",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="FILE",
    help="A scenario to lay over the world, YAML or JSON; repeatable. What it says of seed, start, keys and unknown "
    "workflows goes before these options.",
)
@click.option("--watch", is_flag=True, help="Lay the scenarios over the world anew whenever one of the files changes.")
@click.option(
    "--per-key",
    is_flag=True,
    help="Give every API key a world of its own, made when the key is first seen. DELETE /_fake/worlds/KEY resets it.",
)
@click.option(
    "--control-token",
    metavar="TOKEN",
    help="What calls below /_fake have to send in the header X-Knock-Fake-Token. Without one they are taken where "
    "only this machine can call, and refused elsewhere.",
)
@click.option("--open", "opens", is_flag=True, help="Open the inspector in the browser.")
@click.option("--secret-key", multiple=True, metavar="KEY", help="A secret API key to take; repeatable.")
@click.option(
    "--public-key",
    multiple=True,
    metavar="KEY",
    help="A public API key to take; repeatable. Without a key of either kind, every key that begins with sk_ "
    "or pk_ is taken.",
)
@click.option(
    "--allow-http",
    multiple=True,
    metavar="URL",
    help="Real endpoints that fetch steps and http channels may ask where nothing stands in for them; * stands for any "
    "text, as in https://api.example.com/*; repeatable.",
)
@click.option(
    "--webhook",
    "webhooks",
    type=option_types.endpoint,
    multiple=True,
    metavar="URL",
    help="An endpoint to tell of every event, as Knock's outbound webhooks do; repeatable. It is asked for real.",
)
@click.option(
    "--webhook-secret",
    "webhook_secrets",
    multiple=True,
    metavar="KEY",
    help="What the requests to every --webhook are signed with, given once; without one GET /_fake/webhooks tells the "
    "key.",
)
def serve(
    host: str,
    port: int,
    clock: Literal["real", "manual"],
    speed: float | None,
    seed: int,
    start: datetime | None,
    knock_dirs: tuple[str, ...],
    unknown_workflows: Literal["reject", "accept"] | None,
    scenarios: tuple[str, ...],
    watch: bool,
    per_key: bool,
    control_token: str | None,
    opens: bool,
    secret_key: tuple[str, ...],
    public_key: tuple[str, ...],
    allow_http: tuple[str, ...],
    webhooks: tuple[str, ...],
    webhook_secrets: tuple[str, ...],
) -> None:
    """Serve the API over HTTP until Ctrl-C or SIGTERM.

    One line is printed as soon as connections are accepted. The URL in it is the base URL to give to SDKs. The next
    one says where the inspector is, a page that shows what was sent and why.
    """
    from knock_fake.control.plane import ControlledServer
    from knock_fake.control.worlds import OneWorld, WorldsByKey
    from knock_fake.skins.live import serve_forever
    from knock_fake.skins.wall_clock import wall_clock
    from knock_fake.skins.watching import watching

    _refuse_idle_options(clock, speed, scenarios, watch=watch)
    webhook_secret = _only_secret(webhooks, webhook_secrets)
    loaded = KnockFake().load(*knock_dirs) if knock_dirs else None
    laid: tuple[str | Source, ...] = (*scenarios, *_telling(webhooks, webhook_secret))
    unknown = unknown_workflows or ("reject" if knock_dirs else "accept")

    def make_world() -> KnockFake:
        world = KnockFake(
            seed,
            start,
            unknown_workflows=unknown,
            secret_keys=secret_key,
            public_keys=public_key,
            knock_dir=knock_dirs,
            allow_http=(*allow_http, *webhooks),
            time_source=wall_clock(start, speed or 1) if clock == "real" else None,
        )
        if laid:
            world.adopt(*laid)
        return world

    try:
        world = make_world()
    except KnockFakeError as error:
        raise click.UsageError(str(error)) from error
    pace = clock if speed is None else f"{clock}, speed: {speed:.12g}"
    each = ", a world for each key" if per_key else ""
    settings = f"clock: {pace}, seed: {world.seed}, unknown workflows: {unknown}{each}"
    worlds = WorldsByKey(make_world) if per_key else OneWorld(world)
    handler = ControlledServer(worlds, host=host, token=control_token)
    with watching(scenarios if watch else (), lambda: _lay_anew(worlds, laid, scenarios)):
        serve_forever(handler, host, port, lambda url: _announce(url, settings, handler, loaded, opens=opens))


def _refuse_idle_options(clock: str, speed: float | None, scenarios: Sequence[str], *, watch: bool) -> None:
    """Refuse options that would have no effect beside the others."""
    if clock == "manual" and speed is not None:
        raise click.UsageError("--speed is for the real clock: leave it out, or take --clock real")
    if watch and not scenarios:
        raise click.UsageError("--watch is for scenarios: add --scenario FILE, or leave it out")


def _only_secret(webhooks: Sequence[str], secrets: Sequence[str]) -> str | None:
    if secrets and not webhooks:
        raise click.UsageError("--webhook-secret is for endpoints: add --webhook URL, or leave it out")
    if len(secrets) > 1:
        remedy = "give one, or add endpoints with keys of their own by POST /_fake/webhooks"
        raise click.UsageError(f"--webhook-secret is for every --webhook: {remedy}")
    return secrets[0] if secrets else None


def _telling(webhooks: Sequence[str], secret: str | None) -> Sequence[Source]:
    """Return endpoints as a scenario, so that a world has them again after a reset."""
    from knock_fake.scenarios.scenario import read_text

    if not webhooks:
        return ()
    document = {"webhooks": [{"url": url, "secret": secret, "signed_at": "wall"} for url in webhooks]}
    return (read_text(orjson.dumps(document).decode(), "--webhook"),)


def _lay_anew(worlds: Worlds, laid: Sequence[str | Source], scenarios: Sequence[str]) -> None:
    try:
        for world in worlds.all():
            world.adopt(*laid)
    except KnockFakeError as error:
        click.echo(f"knock-fake: the scenario stays as it was: {error}", err=True)
    else:
        click.echo(f"laid anew: {', '.join(scenarios)}")


def _announce(
    url: str, settings: str, handler: ControlledServer, loaded: Loaded | None = None, *, opens: bool = False
) -> None:
    click.echo(f"knock_fake is ready at {url}  ({settings})")
    if handler.has_control:
        click.echo(f"The inspector shows what is sent: {url}/")
    if opens:
        click.launch(f"{url}/")
    for line in [] if loaded is None else loaded.lines():
        click.echo(line)


@cli.command()
@click.argument("directories", nargs=-1, metavar="[DIR]...")
def check(directories: tuple[str, ...]) -> None:
    """Check directories of workflows without serving them.

    Without a DIR, knock.json says where they are; it is looked for from here upwards. What was found is listed, or else
    every problem, one a line: file, place in it, and what is wrong. Then the exit code is 1.
    """
    try:
        loaded = KnockFake().load(*directories)
    except DirectoryError as error:
        for problem in error.problems:
            click.echo(str(problem))
        raise UsageError(error.summary) from error
    for line in loaded.lines():
        click.echo(line)


@cli.command()
@click.option(
    "--url",
    envvar="KNOCK_BASE_URL",
    default=f"http://{LOOPBACK}:{DEFAULT_PORT}",
    show_default=True,
    metavar="URL",
    help="Server of Knock's API to read from; KNOCK_BASE_URL when left out.",
)
@click.option("--recipient", metavar="ID", help="Whose runs: the id of a user, or collection/id of an object.")
@click.option("--workflow", metavar="KEY", help="The runs of this workflow alone.")
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True, help="How many runs, the newest.")
@click.option(
    "--api-key",
    envvar="KNOCK_API_KEY",
    default=API_KEY,
    metavar="KEY",
    help="Secret key to call with; KNOCK_API_KEY when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def explain(url: str, recipient: str | None, workflow: str | None, limit: int, api_key: str, as_json: bool) -> None:
    """Say what happened in workflow runs, step by step, and why.

    It is read from the server's workflow recipient runs and their events: a knock-fake server's, or Knock's own. Where
    nothing ran, a knock-fake server names near misses.
    """
    from knock_fake.explaining.remote import explain_remote
    from knock_fake.skins.remote import Remote

    explanation = explain_remote(Remote(url, api_key), recipient, workflow, limit)
    if as_json:
        click.echo(orjson.dumps(explanation.to_json(), option=orjson.OPT_INDENT_2))
    else:
        click.echo(str(explanation))


@cli.command()
@click.option("--serve", "stays", is_flag=True, help="Serve the story's world afterwards, until Ctrl-C or SIGTERM.")
@click.option(
    "--port",
    type=option_types.port,
    metavar="NUMBER",
    help=f"Port to serve on; 0 takes any free one.  [default: {DEFAULT_PORT}]",
)
def demo(stays: bool, port: int | None) -> None:
    """Tell a short story: a comment, two recipients, two hours.

    It happens in this process, through the same API that a server answers, and is the same every time.
    """
    from knock_fake.demo import demo_world, tell_story

    if port is not None and not stays:
        raise click.UsageError("--port is where to serve: add --serve, or leave it out")
    world = demo_world()
    for line in tell_story(world):
        click.echo(line)
    if stays:
        _serve_story(world, DEFAULT_PORT if port is None else port)


def _serve_story(world: KnockFake, port: int) -> None:
    from knock_fake.control.plane import ControlledServer
    from knock_fake.control.worlds import OneWorld
    from knock_fake.demo import invitation
    from knock_fake.skins.live import serve_forever

    handler = ControlledServer(OneWorld(world))

    def announce(url: str) -> None:
        click.echo()
        _announce(url, f"clock: manual, seed: {world.seed}, unknown workflows: reject", handler)
        for line in invitation(url, world):
            click.echo(line)

    serve_forever(handler, LOOPBACK, port, announce)
