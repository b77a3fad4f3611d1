"""What every compiled template of a channel step can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject


class ChannelTemplate(Protocol):
    """The compiled template of one channel step."""

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return the part of a message's content that the template gives.

        Args:
            scope: the variables of the run by name.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        ...
