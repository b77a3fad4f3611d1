"""What every compiled template of a channel step can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import Channel


class ChannelTemplate(ABC):
    """The compiled template of one channel step."""

    __slots__ = ()

    @property
    def is_translated(self) -> bool:
        """Whether its content can be shown in another locale later; only feeds ask for that."""
        return False

    @abstractmethod
    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return the part of a message's content that the template gives.

        Args:
            scope: the variables of the run by name.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """

    def on(self, channel: Channel) -> ChannelTemplate:  # noqa: ARG002
        """Return what is rendered on a channel: another template where the channel has one of its own.

        Raises:
            TemplateError: the channel would have to have one, and has none.
        """
        return self

    def payload(self, scope: Mapping[str, object]) -> JsonObject | None:  # noqa: ARG002
        """Return what the provider's request holds beside the content, ``None`` when there is nothing.

        Raises:
            TemplateError: it cannot be put together with these variables.
        """
        return None
