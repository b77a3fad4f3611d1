from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.state.references import user

if TYPE_CHECKING:
    from knock_fake import KnockFake


def test_an_audience_is_named_by_its_key_unless_it_has_a_name(knock: KnockFake) -> None:
    plain = knock.audiences.add("beta")
    named = knock.audiences.add("vip", name="Very important", triggers=("welcome", "digest", "welcome"))
    assert (plain.key, plain.name, plain.triggers) == ("beta", "beta", ())
    assert (named.name, named.triggers) == ("Very important", ("welcome", "digest"))
    assert [*knock.audiences] == [plain, named]
    assert ("vip" in knock.audiences, "x" in knock.audiences) == (True, False)


@pytest.mark.parametrize(
    ("key", "name", "triggers", "error", "message"),
    [
        (1, None, (), UsageTypeError, "audiences.add: key and name must be texts"),
        ("x", 1, (), UsageTypeError, "audiences.add: key and name must be texts"),
        ("x", None, "welcome", UsageTypeError, "audience 'x': triggers must be a list of workflow keys, not 'welcome'"),
        ("x", None, [1], UsageTypeError, "audience 'x': triggers must be a list of workflow keys, not [1]"),
        ("", None, (), UsageError, "audience key '' is empty"),
        ("beta", None, (), UsageError, "audience key 'beta' is taken: choose another"),
    ],
)
def test_a_mistake_in_an_audience_is_named(
    knock: KnockFake, key: object, name: object, triggers: object, error: type[Exception], message: str
) -> None:
    knock.audiences.add("beta")
    with pytest.raises(error) as raised:
        knock.audiences.add(cast("str", key), name=cast("str", name), triggers=cast("list[str]", triggers))
    assert str(raised.value) == message
    assert knock.audiences.keys() == ["beta"]


def test_members_are_told_apart_by_audience_and_tenant(knock: KnockFake) -> None:
    store, jane = knock.state.audiences, user("jane")
    assert [store.enter("beta", jane, tenant) for tenant in (None, "acme", None)] == [True, True, False]
    assert [member.tenant for member in store.members("beta")] == [None, "acme"]
    assert (store.is_member("beta", jane, "acme"), store.is_member("vip", jane, "acme")) == (True, False)
    assert [store.leave("beta", jane, tenant) for tenant in ("globex", None, None)] == [False, True, False]
    store.delete_of(jane)
    assert [*store.members("beta")] == []
