"""The recipient that a path names, as users and objects have the same sub-resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.object_paths import object_of_path
from knock_fake.state.references import user
from knock_fake.workflows.identification import Identification, check_identification, identify

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.state.references import Reference


def path_recipient(request: Request) -> Reference:
    """Return whom the path names: ``{user_id}``, or ``{collection}`` and ``{object_id}``.

    Raises:
        ApiError: 422 for the collection of the users.
    """
    user_id = request.params.get("user_id")
    return user(user_id) if user_id is not None else object_of_path(request)


def ensure_recipient(core: Core, reference: Reference) -> None:
    """Create a recipient that nobody identified yet, as writing its preferences or channel data does.

    Raises:
        ApiError: 422 for an id that a user cannot have.
    """
    if core.state.recipients.get(reference) is None:
        stub = Identification(reference, "", is_inline=True, properties={})
        check_identification(core.state, stub)
        identify(core.state, stub)
