"""The guides of a world, their order, and how often they may show."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, WorkflowDefinitionError, nearest
from knock_fake.json_values import json_copy
from knock_fake.signals import GuidesChanged
from knock_fake.workflows.guides import Guide, compile_guide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.channels import ChannelStore
    from knock_fake.workflows.guides import GuideDefinition

DEFAULT_GROUP = "default"
"""The one guide group there is: Knock's browser client reads no other."""


@dataclass(frozen=True, slots=True)
class GuideGroup:
    """How guides take turns: keys that were put in order by hand, and the seconds between two guides."""

    order: tuple[str, ...]
    display_interval: int | None
    inserted_at: datetime
    updated_at: datetime


class GuideRegistry:
    """What ``knock.guides`` is: add guides, switch them on and off, order and throttle them.

    Args:
        clock: tells when a guide was added.
        identifiers: make the ids of guides and of their versions.
        channels: the world's channels, which guides name by key.
        signals: told of every change.
        lock: held during every write.
    """

    def __init__(
        self,
        clock: VirtualClock,
        identifiers: Identifiers,
        channels: ChannelStore,
        signals: Signals,
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._channels = channels
        self._signals = signals
        self._lock = nullcontext() if lock is None else lock
        self._by_key: dict[str, Guide] = {}
        self._inactive: set[str] = set()
        self._group = GuideGroup((), None, clock.now, clock.now)

    def add(
        self,
        key: str,
        steps: Sequence[JsonObject],
        *,
        channel_key: str | None = None,
        type: str | None = None,  # noqa: A002 - Knock's own name for the field
        target_audience_key: str | None = None,
        target_property_conditions: JsonObject | Sequence[JsonObject] | None = None,
        activation_url_rules: Sequence[JsonObject] = (),
        activation_url_patterns: Sequence[JsonObject] = (),
        bypass_global_group_limit: bool = False,
        active: bool = True,
    ) -> Guide:
        """Commit a guide, or a new version of one that exists; what users did with it stays.

        The arguments have the names that Knock's management API and its ``guide.json`` give them.

        Args:
            key: what the API names it by: 3 to 255 characters of ``a-z 0-9 _ -``.
            steps: ``{"ref": ..., "values": {...}}`` each, with ``schema_key``, ``schema_semver`` and
                ``schema_variant_key`` if they matter. Texts in ``values`` are Liquid that sees ``recipient``, ``data``,
                ``tenant`` and ``vars``.
            channel_key: a channel of type ``in_app_guide``; the first one when left out.
            type: the message type; the first step's ``schema_key`` when left out, or else the guide's key.
            target_audience_key: who has to be in which audience; everybody may see the guide when left out.
            target_property_conditions: conditions on ``recipient``, ``data``, ``tenant`` and ``vars``.
            activation_url_rules: ``{"directive", "variable", "operator", "argument"}`` each. Clients evaluate them.
            activation_url_patterns: ``{"directive", "pathname", "search"}`` each. Clients evaluate them.
            bypass_global_group_limit: whether it comes before the others and no throttle holds it back.
            active: whether it is switched on; see :meth:`activate`.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names guide, field and remedy.
        """
        document = {
            "steps": steps,
            "channel_key": channel_key,
            "type": type,
            "target_audience_key": target_audience_key,
            "target_property_conditions": target_property_conditions,
            "activation_url_rules": activation_url_rules,
            "activation_url_patterns": activation_url_patterns,
            "bypass_global_group_limit": bypass_global_group_limit,
        }
        return self._commit(key, _copied(key, document), active=active)

    def add_json(self, key: str, document: JsonObject, *, active: bool = True, guide_id: str | None = None) -> Guide:
        """Commit a guide from its decoded ``guide.json``, as Knock's command line pulls it.

        Args:
            key: the name of the directory that the file stands in.
            document: what the file holds. Name, description, tags and goal have no effect.
            active: whether it is switched on.
            guide_id: the id that marks name it by; made from the seed when left out; an existing guide keeps its own.

        Raises:
            UsageError: the id is that of another guide.
            WorkflowDefinitionError: something cannot be honoured; the message names guide, field and remedy.
        """
        taken = next((guide.key for guide in self if guide.id == guide_id and guide.key != key), None)
        if taken is not None:
            raise UsageError(f"guide {key!r}: the id {guide_id!r} is that of guide {taken!r}: choose another")
        return self._commit(key, _copied(key, document), active=active, guide_id=guide_id)

    def commit(self, key: str, definition: GuideDefinition, *, active: bool) -> bool:
        """Commit a guide that was compiled elsewhere; one that is the latest version already stays that version.

        Args:
            key: the key of the guide.
            definition: what was compiled, with a channel that has the key of one of this world. Its document belongs to
                the registry from now on.
            active: whether it is switched on.

        Returns:
            Whether anything changed.
        """
        with self._lock:
            latest, was_active = self._by_key.get(key), key not in self._inactive
            is_new = latest is None or latest.definition.document != definition.document
            if is_new:
                channel = self._channels.by_key(definition.channel.key) or definition.channel
                self._by_key[key] = self._next_version(key, replace(definition, channel=channel))
            is_change = is_new or was_active != active
            self._switch(key, active=active)
            return is_change

    def _commit(self, key: str, document: Json, *, active: bool, guide_id: str | None = None) -> Guide:
        if not isinstance(active, bool):
            raise WorkflowDefinitionError(f"guide {key!r}.active: must be True or False, not {active!r}")
        with self._lock:
            definition = compile_guide(key, document, self._channels)
            guide = self._by_key[key] = self._next_version(key, definition, guide_id)
            self._switch(key, active=active)
        return guide

    def _switch(self, key: str, *, active: bool) -> None:
        (self._inactive.discard if active else self._inactive.add)(key)
        self._tell()

    def _tell(self) -> None:
        self._signals.send(GuidesChanged(self._clock.now))

    def _next_version(self, key: str, definition: GuideDefinition, guide_id: str | None = None) -> Guide:
        # Drawn last: a guide that is refused must not change the identifiers of what comes after it.
        sequence, now, before = self._identifiers.next_sequence(), self._clock.now, self._by_key.get(key)
        return Guide(
            id=before.id if before else guide_id or self._identifiers.uuid(sequence, b"guide"),
            key=key,
            version=before.version + 1 if before else 1,
            version_id=self._identifiers.uuid(sequence),
            definition=definition,
            inserted_at=before.inserted_at if before else now,
            updated_at=now,
        )

    def activate(self, key: str) -> None:
        """Switch a guide on. Raises UnknownNameError for a key that was never added."""
        with self._lock:
            self._switch(self._known(key), active=True)

    def deactivate(self, key: str) -> None:
        """Switch a guide off: nobody is shown it. Raises UnknownNameError for a key that was never added."""
        with self._lock:
            self._switch(self._known(key), active=False)

    def order(self, *keys: str) -> None:
        """Put guides in order, as Knock's dashboard does; those that are not named come after them, the oldest first.

        Raises:
            UnknownNameError: no guide with one of these keys was added.
        """
        with self._lock:
            order = tuple(map(self._known, dict.fromkeys(keys)))
            self._group = replace(self._group, order=order, updated_at=self._clock.now)
            self._tell()

    def throttle(self, interval: str | timedelta | None) -> None:
        """Let this much time pass from when a guide is archived to when the next one shows.

        The API says so and when the last one was archived; to wait is up to the client, as with Knock.

        Args:
            interval: whole seconds, as ``"1h"`` or a timedelta; ``None`` for no throttle, as in the beginning.

        Raises:
            UsageError: the interval is no duration, or not one of whole seconds above zero. UsageTypeError: it is
                neither text nor a timedelta.
        """
        seconds = None if interval is None else parse_duration(interval).total_seconds()
        if seconds is not None and (seconds < 1 or not seconds.is_integer()):
            raise UsageError(f"guides.throttle: the interval must be whole seconds above zero, not {interval!r}")
        with self._lock:
            whole = None if seconds is None else int(seconds)
            self._group = replace(self._group, display_interval=whole, updated_at=self._clock.now)
            self._tell()

    def _known(self, key: str) -> str:
        if not isinstance(key, str):
            raise UsageTypeError(f"a guide key is text, not {type(key).__name__}")
        if key not in self._by_key:
            raise UnknownNameError(f"there is no guide {key!r}: {self.suggest(key)}")
        return key

    def suggest(self, key: str) -> str:
        """Return what a misspelt key may have meant."""
        return nearest(key, self.keys())

    @property
    def group(self) -> GuideGroup:
        """The settings of the one guide group."""
        return self._group

    def get(self, key: str) -> Guide | None:
        """Return the latest version of a guide."""
        return self._by_key.get(key)

    def is_active(self, key: str) -> bool:
        """Whether the guide exists, is switched on, and shows at this time."""
        guide = self._by_key.get(key)
        return guide is not None and key not in self._inactive and guide.definition.shows_at(self._clock.now)

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return list(self._by_key)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[Guide]:
        """Iterate in the order in which guides take turns: those that no throttle holds back first (Knock's docs)."""
        places = {key: place for place, key in enumerate(self._group.order)}

        def turn(guide: Guide) -> tuple[bool, int]:
            return not guide.definition.bypass_global_group_limit, places.get(guide.key, len(places))

        return iter(sorted(self._by_key.values(), key=turn))


def _copied(key: object, document: object) -> Json:
    """Return the document as JSON of its own, which no later change to what was given can reach."""
    return json_copy(document, f"guide {key!r}", WorkflowDefinitionError)
