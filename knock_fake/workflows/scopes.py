"""The scope of a template: the variables that it sees, and the world that its filters and tags load from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from knock_fake.json_types import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.workflows.library import Library


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is translated: the locale wanted, the one to fall back to, and the tenant of the run."""

    locale: str | None
    default_locale: str
    tenant: str | None


class Scope(dict[str, Json]):
    """Variables by name, and beside them what a template can draw on.

    A copy that is made of the variables alone (``{**scope}``) has lost the world: make others with :meth:`having`.

    Args:
        variables: the variables by name.
        library: layouts, partials and translations.
        state: where recipients and subscriptions are loaded from; ``None`` where there is no world.
        tenant: the tenant of the run, whose translations go before the others.
        locale: the locale to translate for; the account's default when it is ``None``.
    """

    __slots__ = ("library", "locale", "state", "tenant")

    def __init__(
        self,
        variables: Mapping[str, Json],
        library: Library,
        state: State | None = None,
        *,
        tenant: str | None = None,
        locale: str | None = None,
    ) -> None:
        super().__init__(variables)
        self.library = library
        self.state = state
        self.tenant = tenant
        self.locale = locale

    def having(self, variables: JsonObject) -> Scope:
        """Return a scope with more variables, or with others in place of those of the same names."""
        return Scope({**self, **variables}, self.library, self.state, tenant=self.tenant, locale=self.locale)

    def translated_for(self, locale: str | None) -> Scope:
        """Return the scope for another locale; ``None`` leaves it as it is."""
        if locale is None or locale == self.locale:
            return self
        return Scope(self, self.library, self.state, tenant=self.tenant, locale=locale)

    @property
    def reader(self) -> Reader:
        """For whom translations are."""
        default = self.state.account.defaults.locale if self.state is not None else "en"
        return Reader(self.locale, default, self.tenant)


def as_scope(variables: Mapping[str, object]) -> Scope:
    """Return variables as a scope; such as come without a world get an empty library."""
    if isinstance(variables, Scope):
        return variables
    from knock_fake.workflows.library import Library

    return Scope(cast("Mapping[str, Json]", variables), Library())
