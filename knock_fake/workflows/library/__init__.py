"""What templates of every workflow and guide draw on: layouts, partials, translations, message types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.workflows.library.layouts import LayoutRegistry
from knock_fake.workflows.library.message_types import MessageTypeRegistry
from knock_fake.workflows.library.partials import PartialRegistry
from knock_fake.workflows.library.translations import TranslationRegistry

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.workflows.commits import Commits


class Library:
    """The registries of one world.

    Args:
        strict_variables: whether a variable that is missing is an error of the template.
        lock: held during every write.
        commits: told of every change.
    """

    def __init__(
        self,
        *,
        strict_variables: bool = False,
        lock: AbstractContextManager[object] | None = None,
        commits: Commits | None = None,
    ) -> None:
        self.strict_variables = strict_variables
        self.layouts = LayoutRegistry(lock, commits)
        self.partials = PartialRegistry(lock, commits)
        self.translations = TranslationRegistry(lock, commits)
        self.message_types = MessageTypeRegistry(lock)
