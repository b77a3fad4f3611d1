"""The kinds of resources that stand in a Knock directory: in which folder, and in which file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource.

    ``noun`` is what one of them is called, ``folder`` where they stand, ``file`` what makes a directory in it one of
    them. The directory's name is the key.
    """

    noun: str
    folder: str
    file: str

    @property
    def plural(self) -> str:
        """What several of them are called."""
        return self.folder.replace("-", " ")


PARTIAL = Kind("partial", "partials", "partial.json")
LAYOUT = Kind("layout", "layouts", "layout.json")
TRANSLATION = Kind("translation", "translations", "<locale>.json")
MESSAGE_TYPE = Kind("message type", "message-types", "message_type.json")
AUDIENCE = Kind("audience", "audiences", "audience.json")
WORKFLOW = Kind("workflow", "workflows", "workflow.json")
GUIDE = Kind("guide", "guides", "guide.json")

KINDS = (WORKFLOW, LAYOUT, PARTIAL, TRANSLATION, MESSAGE_TYPE, GUIDE, AUDIENCE)
"""All kinds, in the order in which they are told of."""

KINDS_WITH_A_FILE = tuple(kind for kind in KINDS if kind is not TRANSLATION)
"""The kinds whose resources are directories with a file of a fixed name; translations are files."""
