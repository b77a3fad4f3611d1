"""``/v1/audiences/{key}/members``: who is in an audience; members are added to and removed from static ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.listing import show_page
from knock_fake.api.memberships import (
    Membership,
    check_membership,
    enter,
    missing_workflows,
    read_membership,
    require_audience,
    require_static_audience,
)
from knock_fake.api.shown_recipients import show_user
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list, as_text
from knock_fake.timestamps import show_instant
from knock_fake.workflows.audience_members import members_of

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.audiences import AudienceMember

audiences = Resource("audiences")

DEFAULT_PAGE = 25


@audiences.operation(
    "list_members",
    "GET",
    "/v1/audiences/{key}/members",
    tier=4,
    query="audiences/list_query",
    response="audiences/member_list",
)
def list_members(request: Request) -> Json:
    """Return a page of an audience's members in order of entry (the order is our choice); 404 for an unknown one.

    The members of a dynamic audience are in it since they were last updated (our choice).
    """
    core = request.core
    members = members_of(core.state, core.clock.now, require_audience(core, request.params["key"]))
    show = partial(_show_member, core.state)
    return show_page(
        request,
        [members],
        show,
        envelope="entries",
        descending=False,
        default=DEFAULT_PAGE,
        total_count=len(members),
    )


def _show_member(state: State, member: AudienceMember) -> JsonObject:
    recipient = state.recipients.get(member.user)
    return {
        "__typename": "AudienceMember",
        "user_id": member.user.id,
        "user": show_user(recipient) if recipient is not None else None,
        "tenant": member.tenant,
        "added_at": show_instant(member.added_at),
    }


@audiences.operation(
    "add_members",
    "POST",
    "/v1/audiences/{key}/members",
    tier=3,
    status=204,
    query="audiences/add_query",
    body="audiences/members_request",
)
def add_members(request: Request) -> Json:
    """Make users members; who is one already stays one, and only who enters sets off the audience's workflows.

    An unknown audience is a 404, or with ``create_audience`` it is created; a dynamic one is a 422 (our choice).
    """
    core, key = request.core, request.params["key"]
    if request.query.get("create_audience") is not True or key in core.state.audiences:
        require_static_audience(core, key)
    members = _named(request)
    for one in members:
        check_membership(core, one)
    audience = core.state.audiences.get(key) or core.state.audiences.add(key)
    for one in members:
        enter(core, audience, one)
    core.state.remark(missing_workflows(core, audience))
    return None


@audiences.operation(
    "remove_members",
    "DELETE",
    "/v1/audiences/{key}/members",
    tier=3,
    status=204,
    body="audiences/members_request",
)
def remove_members(request: Request) -> Json:
    """End memberships, each of a user for the very tenant that is named; who is no member is gone already."""
    store = request.core.state.audiences
    audience = require_static_audience(request.core, request.params["key"])
    for one in _named(request):
        store.leave(audience.key, one.user, one.tenant)
    return None


def _named(request: Request) -> list[Membership]:
    members = request.body["members"]
    return [
        _read_member(member, f"members.{index}.user")
        for index, member in enumerate(as_list(members))
        if isinstance(member, dict)
    ]


def _read_member(member: JsonObject, field: str) -> Membership:
    person, tenant = member["user"], member.get("tenant")
    named: JsonObject = person if isinstance(person, dict) else {"id": person}
    return read_membership(named, as_text(tenant), field)
