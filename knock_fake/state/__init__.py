"""What Knock remembers: one noun a module, its record and its store side by side.

Records change only through the verbs of their store; nothing else writes to a store's dictionaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.signals import Remarked, Signals
from knock_fake.state.account import AccountStore
from knock_fake.state.audiences import AudienceStore
from knock_fake.state.batches import BatchStore
from knock_fake.state.branding import BrandingStore
from knock_fake.state.bulk_operations import BulkOperationStore
from knock_fake.state.channel_data import ChannelDataStore
from knock_fake.state.channel_groups import ChannelGroupStore
from knock_fake.state.channels import ChannelStore
from knock_fake.state.cohorts import CohortStore
from knock_fake.state.deliveries import DeliveryStore
from knock_fake.state.delivery_plans import DeliveryPlanStore
from knock_fake.state.guide_engagements import GuideEngagementStore
from knock_fake.state.message_store import MessageStore
from knock_fake.state.preference_center import PreferenceCenterStore
from knock_fake.state.preferences import PreferenceStore
from knock_fake.state.providers import Providers
from knock_fake.state.realtime_script import RealtimeScript
from knock_fake.state.recipients import RecipientStore
from knock_fake.state.response_filters import ResponseFilterStore
from knock_fake.state.run_store import RunStore
from knock_fake.state.schedules import ScheduleStore
from knock_fake.state.sources import SourceStore
from knock_fake.state.subscriptions import SubscriptionStore
from knock_fake.state.throttles import ThrottleStore
from knock_fake.state.tracked_links import TrackedLinkStore
from knock_fake.state.variables import VariableStore
from knock_fake.state.waits import WaitStore
from knock_fake.state.webhooks import WebhookStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.state.references import Reference


class State:
    """Every store of one world.

    Args:
        clock: the world's time.
        identifiers: the world's identifiers.
        lock: held by what users of Python may write to from any thread; it must be re-entrant.
    """

    def __init__(
        self, clock: VirtualClock, identifiers: Identifiers, lock: AbstractContextManager[object] | None = None
    ) -> None:
        self._clock = clock
        self.account = AccountStore(lock)
        self.branding = BrandingStore(lock)
        self.variables = VariableStore(lock)
        self.channels = ChannelStore(clock, identifiers, lock)
        self.channel_groups = ChannelGroupStore()
        self.response_filters = ResponseFilterStore()
        self.providers = Providers(clock, identifiers)
        self.signals = Signals()
        self.recipients = RecipientStore(clock, identifiers, self.signals)
        self.preferences = PreferenceStore(clock, self.signals)
        self.preference_center = PreferenceCenterStore()
        self.channel_data = ChannelDataStore(clock, self.signals)
        self.subscriptions = SubscriptionStore(clock, identifiers)
        self.messages = MessageStore(clock, identifiers, self.signals)
        self.deliveries = DeliveryStore()
        self.delivery_plans = DeliveryPlanStore(identifiers)
        self.tracked_links = TrackedLinkStore(identifiers)
        self.guide_engagements = GuideEngagementStore(clock, self.signals)
        self.runs = RunStore(clock, self.signals)
        self.batches = BatchStore(identifiers)
        self.throttles = ThrottleStore()
        self.schedules = ScheduleStore(clock, identifiers)
        self.audiences = AudienceStore(clock, identifiers, self.signals)
        self.cohorts = CohortStore()
        self.waits = WaitStore(identifiers)
        self.sources = SourceStore()
        self.webhooks = WebhookStore(identifiers)
        self.bulk_operations = BulkOperationStore(clock, identifiers)
        self.realtime_script = RealtimeScript()

    def remark(self, texts: Iterable[str]) -> None:
        """Say on the side what is likely a mistake in something that was accepted."""
        for text in texts:
            self.signals.send(Remarked(self._clock.now, text))

    def forget(self, reference: Reference) -> None:
        """Delete a recipient and everything that is kept of it; one that nobody knows is gone already."""
        for store in (
            self.messages,
            self.guide_engagements,
            self.runs,
            self.batches,
            self.throttles,
            self.schedules,
            self.audiences,
            self.subscriptions,
            self.preferences,
            self.channel_data,
            self.recipients,
        ):
            store.delete_of(reference)
