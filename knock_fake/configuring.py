"""The part of a world that is configured: what Knock keeps in its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.api.feed_settings import FeedSettings
    from knock_fake.api.preference_center_setup import PreferenceCenter
    from knock_fake.api.preference_defaults import PreferenceDefaults
    from knock_fake.core import Core
    from knock_fake.delivery_settings import DeliverySettings
    from knock_fake.responders import Responders
    from knock_fake.state.account import AccountStore
    from knock_fake.state.branding import BrandingStore
    from knock_fake.state.providers import Providers
    from knock_fake.state.variables import VariableStore
    from knock_fake.workflows.audience_registry import AudienceRegistry
    from knock_fake.workflows.channel_registry import ChannelRegistry
    from knock_fake.workflows.cohorts import Cohorts
    from knock_fake.workflows.guide_registry import GuideRegistry
    from knock_fake.workflows.library.layouts import LayoutRegistry
    from knock_fake.workflows.library.message_types import MessageTypeRegistry
    from knock_fake.workflows.library.partials import PartialRegistry
    from knock_fake.workflows.library.translations import TranslationRegistry
    from knock_fake.workflows.registry import WorkflowRegistry
    from knock_fake.workflows.sources import Sources


class Configuring:
    """The part of a world that is configured."""

    _core: Core
    _lock: AbstractContextManager[object]

    @property
    def channels(self) -> ChannelRegistry:
        """The configured channels; ``channels.add(key, type=...)`` configures one more, ``configure`` changes one."""
        return self._core.channels

    @property
    def delivery(self) -> DeliverySettings:
        """What becomes of messages: ``delivery.plan(...)``, ``fail``, ``bounce``, ``hold`` and ``release``."""
        from knock_fake.delivery_settings import DeliverySettings

        return DeliverySettings(self._core, self._lock)

    @property
    def workflows(self) -> WorkflowRegistry:
        """The workflows; ``workflows.add(key, steps=[...])`` commits one, ``workflows.load(path)`` those on disk."""
        return self._core.workflows

    @property
    def cohorts(self) -> Cohorts:
        """The cohorts of experiments; ``cohorts.force(workflow, step_ref, cohort)`` chooses one for a test."""
        from knock_fake.workflows.cohorts import Cohorts

        return Cohorts(self._core.workflows, self._core.state.cohorts)

    @property
    def sources(self) -> Sources:
        """Integration sources; ``sources.send("segment", "order_placed", user_id="jane")`` lets an event come in."""
        from knock_fake.workflows.sources import Sources

        return Sources(self._core.services, self._lock, self._core.commits)

    @property
    def guides(self) -> GuideRegistry:
        """The in-app guides; ``guides.add(key, steps=[...])`` commits one."""
        return self._core.guides

    @property
    def layouts(self) -> LayoutRegistry:
        """The email layouts; ``layouts.add(key, html_layout)`` commits one, ``default`` is there from the beginning."""
        return self._core.library.layouts

    @property
    def partials(self) -> PartialRegistry:
        """The partials; ``partials.add(key, content)`` commits one."""
        return self._core.library.partials

    @property
    def translations(self) -> TranslationRegistry:
        """The translations; ``translations.add("fr", {...})`` commits one."""
        return self._core.library.translations

    @property
    def message_types(self) -> MessageTypeRegistry:
        """The message types of guides; ``message_types.add(key, fields)`` commits one."""
        return self._core.library.message_types

    @property
    def branding(self) -> BrandingStore:
        """The account's branding; ``branding.set(primary_color="#4F46E5")`` sets what templates see of it."""
        return self._core.state.branding

    @property
    def account(self) -> AccountStore:
        """The account; ``account.set_defaults(locale=..., timezone=...)`` is for recipients who have none."""
        return self._core.state.account

    @property
    def feeds(self) -> FeedSettings:
        """The in-app feeds; ``feeds.set_response_filter(channel_key, {...})`` chooses what they show."""
        from knock_fake.api.feed_settings import FeedSettings

        return FeedSettings(self._core.state, self._lock)

    @property
    def audiences(self) -> AudienceRegistry:
        """The audiences; ``audiences.add(key, triggers=[...])`` adds one."""
        return self._core.audiences

    @property
    def preferences(self) -> PreferenceDefaults:
        """The environment's preferences; ``preferences.set_default({...})`` is what everybody starts from."""
        from knock_fake.api.preference_defaults import PreferenceDefaults

        return PreferenceDefaults(self._core.state.preferences)

    @property
    def preference_center(self) -> PreferenceCenter:
        """The hosted preference center; ``preference_center.configure(...)`` says what it shows."""
        from knock_fake.api.preference_center_setup import PreferenceCenter

        return PreferenceCenter(self._core.state.preference_center)

    @property
    def responders(self) -> Responders:
        """Who answers fetch steps, http channels and agent steps: ``responders.fetch("https://...", json={...})``."""
        return self._core.responders

    @property
    def variables(self) -> VariableStore:
        """Environment variables; ``variables.set(key, value, public=...)`` sets one."""
        return self._core.state.variables

    @property
    def providers(self) -> Providers:
        """Slack and Microsoft Teams: ``providers.slack.add_channel("general")`` gives Knock something to find there."""
        return self._core.state.providers
