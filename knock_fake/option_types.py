"""What texts of the command line are read as; click tells of those that cannot be."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import click

from knock_fake.responders.urls import url_problem
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

_PORT = re.compile("[0-9]{1,5}")
_LAST_PORT = 65_535


def host(text: str) -> str:
    """Return an address of this machine."""
    try:
        encoded = text.strip().encode("idna")
    except UnicodeError:
        encoded = b""
    # Empty text, such as an unset shell variable leaves, would mean every address of the machine.
    if not encoded:
        raise click.BadParameter(f"{text!r} is no address: give one of this machine such as 127.0.0.1")
    return text


def port(text: str) -> int:
    """Return the number of a port, 0 for any free one."""
    if not _PORT.fullmatch(text) or int(text) > _LAST_PORT:
        raise click.BadParameter(f"{text!r} is no port: give a number up to {_LAST_PORT}, or 0 for any free one")
    return int(text)


def speed(text: str) -> float:
    """Return how many times faster than the machine a clock runs."""
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        remedy = "give a number greater than 0, such as 60, which makes an hour of every minute"
        raise click.BadParameter(f"{text!r} is no speed: {remedy}")
    return speed


def instant(text: str) -> datetime:
    """Return an instant; without a zone it is UTC."""
    try:
        return parse_instant(text)
    except ValueError as error:
        remedy = "write one such as 2026-01-01T09:00:00Z"
        raise click.BadParameter(f"{text!r} is no ISO-8601 instant: {remedy}") from error


def endpoint(text: str) -> str:
    """Return a URL that webhooks can be sent to."""
    problem = url_problem(text)
    if problem is not None:
        raise click.BadParameter(f"{problem}: give one such as http://127.0.0.1:3000/webhooks")
    return text
