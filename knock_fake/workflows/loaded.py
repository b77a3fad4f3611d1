"""What loading directories brought into a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from os import PathLike

    from knock_fake.state.channels import Channel


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: the keys of each kind, and what it changed.

    ``added_channels`` are those that steps or guides name and that the world did not have; with ``add_channels=False``
    their keys are in ``unknown_channels`` instead. ``changed`` names what is new or not as it was, such as
    ``workflow 'welcome'``.
    """

    workflows: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    partials: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    message_types: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    added_channels: tuple[Channel, ...] = ()
    unknown_channels: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return what people are told of it: what there is of each kind, and the channels."""
        told = [_listed(kind, getattr(self, f"{kind.replace(' ', '_')}s")) for kind in _KINDS]
        told += [_added(channel) for channel in self.added_channels]
        told += [f"unknown channel {key!r}: its steps are skipped" for key in self.unknown_channels]
        return [line for line in told if line]

    def __str__(self) -> str:
        return "\n".join(self.lines())


_KINDS = ("workflow", "layout", "partial", "translation", "message type", "guide", "audience")


def _listed(kind: str, keys: tuple[str, ...]) -> str:
    return f"{len(keys)} {kind}{'' if len(keys) == 1 else 's'}: {', '.join(keys)}" if keys else ""


def _added(channel: Channel) -> str:
    return f"added channel {channel.key!r}: {channel.type}, provider {channel.provider}, id {channel.id}"


class Loader(Protocol):
    """Loads directories into one world."""

    def __call__(self, *directories: str | PathLike[str], add_channels: bool = True) -> Loaded:
        """See :meth:`KnockFake.load`."""
        ...
