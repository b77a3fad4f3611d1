"""Every method of the last ``knockapi`` 0.x, which many projects still use, called once through ``requests``.

It has the name of today's client, so both cannot be there at once: these tests are collected where the old one was put
in front of the new one (``PYTHONPATH``), as ``.ci/run`` does it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeAlias

import knockapi
import pytest
import requests

from tests.contract.answers import BY_NAME, check_success
from tests.worlds import (
    ACME,
    BULK_OPERATION,
    FEED,
    JANE,
    MESSAGES,
    PROJECT,
    PUSH,
    SCHEDULES,
    full_world,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.json_types import Json

Row: TypeAlias = "tuple[str, tuple[Json, ...], str]"
"""Method of the client, its arguments, and the operation that answers."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the client's own, of methods with a new name

MESSAGE = MESSAGES[0]
RULES: list[Json] = [{"frequency": "daily", "hours": 9, "minutes": 0}]
PAGE: Json = {"page_size": 10}
SWITCHES: Json = {"email": True}
HELD: Json = {"tokens": ["a"]}
PROJECTS: tuple[Json, ...] = ("projects", "p1")
SUBSCRIPTIONS: Json = [{"id": "p1", "recipients": ["joe"]}]


def preference_rows(resource: str, who: tuple[Json, ...]) -> list[Row]:
    """Return the calls of the preferences that users and objects have alike."""
    return [
        (f"{resource}.get_all_preferences", who, f"{resource}.list_preferences"),
        (f"{resource}.get_preferences", who, f"{resource}.get_preferences"),
        (f"{resource}.set_preferences", (*who, SWITCHES, None, {"hello": False}), f"{resource}.set_preferences"),
        *(
            (f"{resource}.set_{name}", (*who, *args), f"{resource}.set_{name}")
            for name, args in (
                ("channel_types_preferences", (SWITCHES,)),
                ("channel_type_preferences", ("email", False)),
                ("workflows_preferences", ({"hello": True},)),
                ("workflow_preferences", ("hello", {"channel_types": SWITCHES})),
                ("categories_preferences", ({"social": False},)),
                ("category_preferences", ("social", True)),
            )
        ),
        (f"{resource}.get_channel_data", (*who, PUSH), f"{resource}.get_channel_data"),
        (f"{resource}.set_channel_data", (*who, PUSH, HELD), f"{resource}.set_channel_data"),
        (f"{resource}.unset_channel_data", (*who, PUSH), f"{resource}.unset_channel_data"),
        (f"{resource}.get_messages", (*who, PAGE), f"{resource}.list_messages"),
        (f"{resource}.get_schedules", (*who, {"workflow": "hello"}), f"{resource}.list_schedules"),
        (f"{resource}.get_subscriptions", (*who, PAGE), f"{resource}.list_subscriptions"),
    ]


ROWS: list[Row] = [
    ("notify", ("hello", [JANE, "joe"], {"name": "Jane"}, "joe", "k", "acme"), "workflows.trigger"),
    ("bulk_operations.get", (BULK_OPERATION,), "bulk_operations.get"),
    ("messages.batch_set_status", ([MESSAGE], "read"), "messages.batch.mark_as_read"),
    ("messages.get", (MESSAGE,), "messages.get"),
    ("messages.get_activities", (MESSAGE, {"trigger_data": {"name": "Jane"}}), "messages.list_activities"),
    ("messages.get_content", (MESSAGE,), "messages.get_content"),
    ("messages.get_delivery_logs", (MESSAGES[1], PAGE), "messages.list_delivery_logs"),
    ("messages.get_events", (MESSAGE, PAGE), "messages.list_events"),
    ("messages.list", ({"status": ["delivered", "sent"], "source": "hello"},), "messages.list"),
    ("messages.set_status", (MESSAGE, "archived"), "messages.archive"),
    ("messages.unset_status", (MESSAGE, "archived"), "messages.unarchive"),
    *preference_rows("objects", PROJECTS),
    ("objects.add_subscriptions", (*PROJECTS, ["joe"], {"role": "dev"}), "objects.add_subscriptions"),
    ("objects.bulk_add_subscriptions", ("projects", SUBSCRIPTIONS), "objects.bulk.add_subscriptions"),
    ("objects.bulk_delete", ("projects", ["p1"]), "objects.bulk.delete"),
    ("objects.bulk_set", ("projects", [{"id": "p2", "name": "Gemini"}]), "objects.bulk.set"),
    ("objects.delete", PROJECTS, "objects.delete"),
    ("objects.delete_subscriptions", (*PROJECTS, ["jane"]), "objects.delete_subscriptions"),
    ("objects.get", PROJECTS, "objects.get"),
    ("objects.list", ("projects", PAGE), "objects.list"),
    ("objects.list_subscriptions", (*PROJECTS, PAGE), "objects.list_subscriptions"),
    ("objects.set_object", (*PROJECTS, {"name": PROJECT["name"]}), "objects.set"),
    ("preferences.get", ("jane",), "users.get_preferences"),
    ("preferences.get_all", ("jane",), "users.list_preferences"),
    ("preferences.set_categories", ("jane", {"social": True}), "users.set_categories_preferences"),
    ("preferences.set_channel_types", ("jane", SWITCHES), "users.set_channel_types_preferences"),
    ("preferences.set_workflows", ("jane", {"hello": False}), "users.set_workflows_preferences"),
    ("preferences.update", ("jane", SWITCHES), "users.set_preferences"),
    ("tenants.delete", ("acme",), "tenants.delete"),
    ("tenants.get", ("acme",), "tenants.get"),
    ("tenants.list", (), "tenants.list"),
    ("tenants.set_tenant", ("acme", ACME), "tenants.set"),
    *preference_rows("users", ("jane",)),
    ("users.bulk_delete", (["jane", "nobody"],), "users.bulk.delete"),
    ("users.bulk_identify", ([{"id": "kim", "name": "Kim"}],), "users.bulk.identify"),
    ("users.delete", ("jane",), "users.delete"),
    ("users.get", ("jane",), "users.get"),
    ("users.get_feed", ("jane", FEED, {"status": "unread"}), "users.feeds.list_items"),
    ("users.get_user", ("jane",), "users.get"),
    ("users.identify", ("kim", {"name": "Kim", "plan": {"tier": "pro"}}), "users.update"),
    ("users.list", (PAGE,), "users.list"),
    ("users.merge", ("jane", "joe"), "users.merge"),
    ("workflows.cancel", ("later", "k", ["jane"]), "workflows.cancel"),
    ("workflows.create_schedules", ("hello", ["jane"], RULES), "schedules.create"),
    ("workflows.delete_schedules", ([SCHEDULES[0]],), "schedules.delete"),
    ("workflows.list_schedules", ("hello", {"page_size": 5}), "schedules.list"),
    ("workflows.trigger", ("hello", ["jane"]), "workflows.trigger"),
    ("workflows.update_schedules", ([SCHEDULES[0]], {"repeats": RULES, "data": {"a": 1}}), "schedules.update"),
]
PUTS_WHERE_KNOCK_POSTS = "users.bulk_set_preferences"
"""A defect of the old client: Knock has no such operation."""
RAISE_WHATEVER_IS_GIVEN = ("preferences.set_category", "preferences.set_channel_type", "preferences.set_workflow")
"""Defects of the old client: these pass on one argument twice, so no call ever leaves them."""


def methods_of(client: object) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, _ in inspect.getmembers(type(client), lambda one: isinstance(one, property)):
        if not name.startswith("_"):
            resource = getattr(client, name)
            for method, _ in inspect.getmembers(type(resource), inspect.isfunction):
                if not method.startswith("_"):
                    yield f"{name}.{method}", getattr(resource, method)


def old_client(*arguments: str) -> object:
    make: Callable[..., object] = knockapi.Knock  # the type checker knows the new client only
    return make(*arguments)


def all_methods() -> dict[str, Callable[..., object]]:
    client = old_client("sk_test_x")
    own = "notify"
    return {own: getattr(client, own), **dict(methods_of(client))}


@pytest.mark.parametrize(("method", "args", "operation"), ROWS, ids=lambda one: one if isinstance(one, str) else "")
def test_the_old_client_gets_what_it_asks_for(method: str, args: tuple[Json, ...], operation: str) -> None:
    with full_world() as world:
        answer = all_methods()[method](*args)
    (entry,) = world.journal.last(1)
    assert entry.operation == operation
    check_success(BY_NAME[operation], entry.reply)
    assert (answer is None) is (BY_NAME[operation].status == 204)


def test_no_method_of_the_old_client_is_left_out() -> None:
    called = [method for method, _, _ in ROWS]
    assert len(called) == len({*called})
    assert {*called, PUTS_WHERE_KNOCK_POSTS, *RAISE_WHATEVER_IS_GIVEN} == {*all_methods()}


def test_a_put_where_knock_has_a_post_is_refused_with_a_hint() -> None:
    with full_world(), pytest.raises(requests.HTTPError) as refused:
        all_methods()[PUTS_WHERE_KNOCK_POSTS](["jane"], {"workflows": {}})
    assert refused.value.response.status_code == 405
    assert refused.value.response.headers["x-knock-fake-hint"] == "/v1/users/bulk/preferences takes GET, POST, not PUT"


def test_what_is_refused_raises_for_its_status() -> None:
    with full_world(), pytest.raises(requests.HTTPError) as refused:
        all_methods()["workflows.trigger"]("unknown", ["jane"])
    assert refused.value.response.status_code == 404
    assert refused.value.response.json()["code"] == "workflow_missing"


def test_an_idempotency_key_is_passed_on() -> None:
    with full_world() as world:
        first, second = (
            all_methods()["workflows.trigger"]("hello", ["jane"], options={"idempotency_key": "k"}) for _ in range(2)
        )
    assert first == second
    assert "idempotent-replayed" in world.journal.last(1)[0].reply.headers


def test_the_old_client_finds_a_server_by_its_host(knock_server: str) -> None:
    methods = dict(methods_of(old_client("sk_test_x", knock_server)))
    assert methods["users.identify"]("jane", {"name": "Jane"}) == methods["users.get"]("jane")
