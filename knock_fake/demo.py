"""A story for the terminal: one comment, two recipients, two hours, told through Knock's HTTP API.

It needs nothing but the package itself, and it is the same every time.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, TypedDict

import click
import orjson

from knock_fake.gateway.call import Call
from knock_fake.steps import delay, email, in_app_feed
from knock_fake.workflows.reasons import describe_run
from knock_fake.world import KnockFake

if TYPE_CHECKING:
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import JsonObject

START = "2026-01-05T09:00:00Z"
WORKFLOW = "comment-created"
UNREAD = {
    "variable": "refs.in_app_feed_1.engagement_status",
    "operator": "not_contains",
    "argument": "$message.read",
}

_WIDTH = 100


class _Block(TypedDict):
    rendered: str


class _FeedItem(TypedDict):
    id: str
    read_at: str | None
    blocks: list[_Block]


class _FeedMeta(TypedDict):
    unread_count: int


class _Feed(TypedDict):
    entries: list[_FeedItem]
    meta: _FeedMeta


class _Channel(TypedDict):
    type: str


class _Message(TypedDict):
    channel: _Channel
    recipient: str
    status: str
    engagement_statuses: list[str]


class _Messages(TypedDict):
    items: list[_Message]


def demo_world() -> KnockFake:
    """Return the world that the story happens in: its clock stands at a Monday morning."""
    return KnockFake(start=START)


def tell_story(world: KnockFake) -> list[str]:
    """Live through the story and return it as lines, styled for a terminal (ANSI; ``click.echo`` strips it).

    Args:
        world: a pristine one; it is left as the story ends.
    """
    story = _Story(world)
    story.lines.append(f"A fake Knock in this process: KnockFake(start={START!r}). Nothing leaves this machine.")
    _people(story)
    _workflow(story)
    _trigger(story)
    _reading(story)
    _two_hours(story)
    _misspelling(story)
    _ending(story)
    return story.lines


def invitation(url: str, world: KnockFake) -> list[str]:
    """Return three shell commands to try against a server of the story's world, and what they are.

    Args:
        url: the server's base URL.
        world: as the story left it.
    """
    curl, bearer = "  curl -s", f"-H 'Authorization: Bearer {world.secret_key}'"
    data = orjson.dumps({"recipients": ["john"], "actor": "ada", "data": {"text": "And now?"}}).decode()
    return [
        f"The world of the story is up. Its clock stands at {world.clock.now:%Y-%m-%dT%H:%M:%SZ}. Try:",
        f"{curl} {bearer} -H 'Content-Type: application/json' -d '{data}' {url}/v1/workflows/{WORKFLOW}/trigger",
        f"{curl} {bearer} {url}{_feed_path(world, 'john')}",
        f"{curl} {bearer} {url}/v1/messages",
    ]


class _Story:
    """A client of Knock's API that notes what it asks and what comes back."""

    def __init__(self, world: KnockFake) -> None:
        self.world = world
        self.lines: list[str] = []

    def chapter(self, title: str) -> None:
        self.lines += ["", click.style(title, bold=True)]

    def tell(self, text: str, colour: str | None = None) -> None:
        lines = _wrapped(text)
        self.lines += (f"  {click.style(line, fg=colour) if colour else line}" for line in lines)

    def ask(self, method: str, path: str, body: JsonObject | None = None) -> Reply:
        sent = orjson.dumps(body) if body is not None else b""
        self._note_request(method, path, sent.decode())
        headers = {"authorization": f"Bearer {self.world.secret_key}", "content-type": "application/json"}
        return self.world.handle(Call(method, path, "", headers, sent))

    def answer(self, reply: Reply, text: str) -> None:
        status = click.style(str(reply.status), fg="green" if reply.status < 400 else "red", bold=True)
        first, *others = _wrapped(text)
        self.lines += [f"  {status} {first}", *(f"  {line}" for line in others)]

    def _note_request(self, method: str, path: str, body: str) -> None:
        request = click.style(f"{method} {path}", fg="cyan")
        if len(f"  {method} {path} {body}") <= _WIDTH:
            self.lines.append(f"  {request} {body}".rstrip())
        else:
            self.lines += [f"  {request}", f"    {body}"]


def _people(story: _Story) -> None:
    story.chapter("Two users are identified")
    for identifier, name in (("jane", "Jane"), ("john", "John")):
        user: JsonObject = {"name": name, "email": f"{identifier}@example.com"}
        reply = story.ask("PUT", f"/v1/users/{identifier}", user)
        story.answer(reply, _excerpt(reply, "id", "email", "updated_at"))


def _workflow(story: _Story) -> None:
    story.world.workflows.add(
        WORKFLOW,
        steps=[
            in_app_feed("**{{ actor.name }}** says: {{ data.text }}"),
            delay("2h"),
            email("{{ actor.name }} wrote", "<p>{{ data.text }}</p>", conditions={"all": [{**UNREAD}]}),
        ],
    )
    story.chapter("A workflow: tell them in the app, wait, email whoever has not read it")
    story.tell(f"knock.workflows.add({WORKFLOW!r}, steps=[in_app_feed(...), delay('2h'), email(...)])", "cyan")
    story.tell(f"condition of the email: {' '.join(UNREAD.values())}")


def _trigger(story: _Story) -> None:
    story.chapter("Ada comments")
    body: JsonObject = {
        "recipients": ["jane", "john"],
        "actor": {"id": "ada", "name": "Ada"},
        "data": {"text": "Ship it!"},
    }
    reply = story.ask("POST", f"/v1/workflows/{WORKFLOW}/trigger", body)
    story.answer(reply, _excerpt(reply, "workflow_run_id"))


def _reading(story: _Story) -> None:
    story.chapter("Jane has it in her feed, and reads it")
    item = _show_feed(story, "jane")["entries"][0]
    reply = story.ask("PUT", f"/v1/messages/{item['id']}/read")
    story.answer(reply, _excerpt(reply, "engagement_statuses", "read_at"))


def _two_hours(story: _Story) -> None:
    story.chapter("Two hours pass in no time")
    story.tell("knock.clock.advance('2h')", "cyan")
    for happening in story.world.clock.advance("2h"):
        story.tell(str(happening), "magenta")
    _show_messages(story)
    story.chapter("Why did Jane get no email?")
    run = next(run for run in story.world.state.runs if run.recipient.id == "jane")
    for line in describe_run(run):
        story.tell(line)


def _misspelling(story: _Story) -> None:
    story.chapter("A misspelt key is refused as Knock does, with a hint on the side")
    reply = story.ask("POST", "/v1/workflows/coment-created/trigger", {"recipients": ["jane"]})
    story.answer(reply, reply.body.decode())
    story.tell(f"x-knock-fake-hint: {reply.headers['x-knock-fake-hint']}", "yellow")


def _ending(story: _Story) -> None:
    story.chapter("In the end Jane's badge is clear, John's is not")
    for user in ("jane", "john"):
        _show_feed(story, user)


def _show_feed(story: _Story, user: str) -> _Feed:
    reply = story.ask("GET", _feed_path(story.world, user))
    feed: _Feed = orjson.loads(reply.body)
    story.answer(reply, f"badge {feed['meta']['unread_count']}")
    for item in feed["entries"]:
        state = "unread" if item["read_at"] is None else "read"
        story.tell(f"    {state:<8}{item['blocks'][0]['rendered']}")
    return feed


def _show_messages(story: _Story) -> None:
    reply = story.ask("GET", "/v1/messages")
    messages: _Messages = orjson.loads(reply.body)
    story.answer(reply, f"{len(messages['items'])} messages, the newest first")
    for one in messages["items"]:
        marks = ", ".join(one["engagement_statuses"])
        line = f"{one['channel']['type']:<13}to {one['recipient']}  {one['status']:<11}{marks}"
        story.tell(f"    {line}".rstrip())


def _feed_path(world: KnockFake, user: str) -> str:
    channel = next(one for one in world.channels if one.type == "in_app_feed")
    return f"/v1/users/{user}/feeds/{channel.id}"


def _wrapped(text: str) -> list[str]:
    indent = len(text) - len(text.lstrip()) + 4
    return wrap(text, _WIDTH - 6, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _excerpt(reply: Reply, *fields: str) -> str:
    """Return the named fields of a body as JSON, with dots for those that are left out."""
    body: JsonObject = orjson.loads(reply.body)
    shown = orjson.dumps({field: body[field] for field in fields}).decode()
    return shown if len(fields) == len(body) else f"{shown[:-1]},...}}"
