"""The part of a world that pushes: to websockets, and to those who watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.call import Reply
from knock_fake.realtime.pushes import LATE_EVENT
from knock_fake.signals import (
    AudienceChanged,
    AudienceDefined,
    GuideEngaged,
    GuidesChanged,
    MessageEventRecorded,
    RecipientUpdated,
    WorldFilled,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.gateway.call import Call
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.gateway.upgrades import Socket
    from knock_fake.json_types import Json
    from knock_fake.realtime.hub import Hub
    from knock_fake.realtime.realtime import Realtime
    from knock_fake.signals import Signal

_HEARD = (
    MessageEventRecorded,
    AudienceChanged,
    AudienceDefined,
    GuideEngaged,
    GuidesChanged,
    RecipientUpdated,
    WorldFilled,
)


class Pushing:
    """The part of a world that pushes. Until somebody connects or watches, there is nobody to push to."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]
    _hub: Hub | None = None

    @property
    def realtime(self) -> Realtime:
        """The websockets; ``realtime.feed("jane")`` watches what is pushed, ``realtime.drop()`` closes them."""
        from knock_fake.realtime.realtime import Realtime

        return Realtime(self._pushes())

    def connect(self, call: Call, wake: Callable[[], None]) -> Socket | Reply:
        """Let a websocket in; see :class:`knock_fake.gateway.upgrades.Connecting`. Safe from any thread."""
        with self._lock:
            admission = self._gateway.admit(call)
            if isinstance(admission, Reply):
                return admission
            return self._pushes().connect(admission.token, wake)

    def keep_time(self) -> bool:
        """Let happen what is due by now in a world that follows another clock, and tell whether this one does."""
        clock = self._core.clock
        if clock.is_manual:
            return False
        if clock.is_behind:
            clock.catch_up()
        return True

    def disconnect(self) -> None:
        """Close every websocket because another world takes this one's place; browser clients come back to that."""
        if self._hub is not None:
            self._hub.drop()

    def _pushes(self) -> Hub:
        from knock_fake.realtime.hub import Hub

        with self._lock:
            if self._hub is None:
                self._hub = Hub(self._lock, lambda: self._core)
            return self._hub

    def _listen(self, core: Core) -> None:
        """Hear what happens in a pristine core, for as long as it is the world's."""

        def hear(signal: Signal) -> None:
            if self._hub is not None and self._core is core:
                self._hub.hear(signal)

        def tell_late(argument: Json) -> None:
            if self._hub is not None:
                self._hub.tell_late(argument)

        for kind in _HEARD:
            core.state.signals.on(kind, hear)
        core.clock.on(LATE_EVENT, tell_late)

    def _look_again(self) -> None:
        """Tell what is another than it was, after the world's parts were replaced."""
        if self._hub is not None:
            self._hub.look_again()
