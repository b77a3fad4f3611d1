"""Items of a feed in another locale than the one they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.delivery.entry_urls import link_url
from knock_fake.delivery.link_tracking import track_links
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.steps.channel import ChannelStep
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import Json
    from knock_fake.state.messages import Message
    from knock_fake.workflows.content import ChannelTemplate


def blocks_for(core: Core, item: Message, locale: str | None) -> Json:
    """Return the blocks of an item, for a locale if one is wanted.

    An item is rendered anew with the variables of its time and the translations of today. One without translations in
    it stays as it is, and so does one that cannot be rendered any more (our choice).
    """
    template = _template(core, item)
    if locale is None or template is None or item.variables is None:
        return item.content["blocks"]
    scope = Scope(item.variables, core.library, core.state, tenant=item.tenant, locale=locale)
    try:
        content = template.render(scope)
    except TemplateError:
        return item.content["blocks"]
    known = core.state.tracked_links.of(item.id)
    # Only what was tracked when the item was made: to look at a feed makes no links.
    return track_links(
        item.channel.type, content, lambda url: link_url(known[url], is_short=False) if url in known else url
    )["blocks"]


def _template(core: Core, item: Message) -> ChannelTemplate | None:
    """Return the template that an item was made from, ``None`` for one that no workflow of this world made."""
    definition = core.workflows.version(item.source.version_id) if item.variables is not None else None
    place = definition.place_of(item.source.step_ref) if definition is not None else None
    step = definition.steps[place].step if definition is not None and place is not None else None
    return step.template if isinstance(step, ChannelStep) else None
