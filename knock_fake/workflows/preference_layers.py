"""Which preference sets apply to a run or a read, laid over each other, and which of them said what.

From the least specific to the most: the environment's default, the tenant's default, the recipient's own set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.state.preferences import DEFAULT_SET
from knock_fake.workflows.preferences import merge_preference_sets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject

_COMMERCIAL = "commercial_subscribed"


@dataclass(frozen=True, slots=True)
class Layer:
    """One set with the name that reasons call it by."""

    source: str
    preferences: JsonObject


@dataclass(frozen=True, slots=True)
class PreferenceLayers:
    """The sets that one set is merged from, least specific first; ``set_id`` is the id of the outcome."""

    set_id: str
    layers: tuple[Layer, ...]

    def merged(self) -> JsonObject:
        """Return the one set that all of them make, with its ``id``."""
        merged: JsonObject = {}
        for layer in self.layers:
            merged = merge_preference_sets(merged, layer.preferences)
        return {**merged, "id": self.set_id}

    def source_of(self, rule: str | None, value: Json) -> str:
        """Return the name of the most specific layer that says ``value`` at ``rule``.

        Args:
            rule: a path in the merged set, such as ``workflows.digest.channel_types.email``.
            value: what stands there. What no layer says alone is named after the outcome.
        """
        for layer in reversed(self.layers):
            if rule is not None and _at(layer.preferences, rule) == value:
                return layer.source
        return _own(self.set_id)


def layers_of_set(
    set_id: str,
    own: JsonObject | None,
    tenant: str | None,
    tenant_default: JsonObject | None,
    environment_default: JsonObject | None,
) -> PreferenceLayers:
    """Return what one set of a recipient is merged from; the rule of reads.

    Args:
        set_id: the set's id.
        own: what the recipient stored under it.
        tenant: id of the tenant that ``tenant_default`` belongs to.
        tenant_default: the tenant's own default set.
        environment_default: the environment's default set.
    """
    sources = (
        ("default preference set of the environment", environment_default),
        (f"default preference set of tenant `{tenant}`", tenant_default),
        (_own(set_id), own),
    )
    return PreferenceLayers(set_id, tuple(Layer(source, found) for source, found in sources if found is not None))


def layers_of_run(
    recipient_sets: Mapping[str, JsonObject],
    tenant: str | None,
    tenant_default: JsonObject | None,
    environment_default: JsonObject | None,
) -> PreferenceLayers:
    """Return what the set that applies to a run is merged from (Knock's docs on per-tenant preferences).

    Without a tenant that is the recipient's ``default`` set over the environment's. With one it is the
    recipient's set for that tenant over the tenant's default over the environment's, and the ``default`` set
    is left aside, unless nothing is set for the tenant on either side. ``commercial_subscribed`` of the
    recipient's ``default`` set wins in every case.

    Args:
        recipient_sets: the recipient's stored sets by id.
        tenant: id of the run's tenant.
        tenant_default: the tenant's own default set.
        environment_default: the environment's default set.
    """
    default = recipient_sets.get(DEFAULT_SET)
    if tenant is None or (tenant_default is None and tenant not in recipient_sets):
        return layers_of_set(DEFAULT_SET, default, None, None, environment_default)
    applying = layers_of_set(tenant, recipient_sets.get(tenant), tenant, tenant_default, environment_default)
    commercial = default.get(_COMMERCIAL) if default is not None else None
    if commercial is None:
        return applying
    return PreferenceLayers(tenant, (*applying.layers, Layer(_own(DEFAULT_SET), {_COMMERCIAL: commercial})))


def _own(set_id: str) -> str:
    return f"preference set `{set_id}`"


def _at(node: Json, path: str) -> Json:
    """Return what stands at a dotted path, whose keys may have dots themselves; ``None`` when nothing does."""
    if not isinstance(node, dict):
        return None
    if path in node:
        return node[path]
    inner = (_at(value, path[len(key) + 1 :]) for key, value in node.items() if path.startswith(f"{key}."))
    return next((found for found in inner if found is not None), None)
