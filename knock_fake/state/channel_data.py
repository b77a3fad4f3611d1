"""What recipients need to be reached on a channel: push tokens, chat connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.signals import RecipientUpdated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.references import Reference


class ChannelDataStore:
    """Channel data by recipient and channel id. A write replaces, it never merges (Knock's docs)."""

    def __init__(self, clock: VirtualClock, signals: Signals) -> None:
        self._clock = clock
        self._signals = signals
        self._data: dict[Reference, dict[str, JsonObject]] = {}

    def of(self, reference: Reference) -> Mapping[str, JsonObject]:
        """Return the recipient's channel data by channel id."""
        return self._data.get(reference, {})

    def put(self, reference: Reference, channel_id: str, data: JsonObject) -> None:
        """Store the data of one channel in place of what was there."""
        channels = self._data.setdefault(reference, {})
        before = channels.get(channel_id)
        channels[channel_id] = data
        if data != before:
            self._tell(reference)

    def delete(self, reference: Reference, channel_id: str) -> None:
        """Forget the data of one channel; what was never stored is gone already."""
        data = self._data.get(reference, {})
        before = data.pop(channel_id, None)
        if not data:
            self._data.pop(reference, None)
        if before is not None:
            self._tell(reference)

    def _tell(self, reference: Reference) -> None:
        self._signals.send(RecipientUpdated(self._clock.now, *reference))

    def drop_token(self, reference: Reference, channel_id: str, token: str) -> None:
        """Take one push token, with its device, out of the data of a channel."""
        data = self.of(reference).get(channel_id)
        if data is not None:
            kept = {key: _without(value, token) for key, value in data.items()}
            self.put(reference, channel_id, kept)

    def adopt_missing(self, target: Reference, source: Reference) -> None:
        """Give ``target`` the channel data of ``source`` that it lacks, as merging users does."""
        for channel_id, data in self.of(source).items():
            if channel_id not in self.of(target):
                self.put(target, channel_id, data)

    def delete_of(self, reference: Reference) -> None:
        """Forget all channel data of a recipient."""
        self._data.pop(reference, None)


def _without(value: Json, token: str) -> Json:
    """Return a list of tokens or devices without those that have this token; another value as it is."""
    return [one for one in value if token not in _tokens(one)] if isinstance(value, list) else value


def _tokens(entry: Json) -> tuple[Json, ...]:
    return (entry.get("token"), entry.get("target_arn")) if isinstance(entry, dict) else (entry,)
