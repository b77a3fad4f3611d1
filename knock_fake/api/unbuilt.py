"""Operations of Knock's API that this version does not answer: each gives a 501 that names it.

A row leaves this table when a module of this package declares the operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Operation, refuse_unbuilt

if TYPE_CHECKING:
    from knock_fake.gateway.operations import PublicKey

# fmt: off
_ROWS: tuple[tuple[str, str, str, int, PublicKey], ...] = (
)
# fmt: on

UNBUILT = tuple(
    Operation(name, method, path, refuse_unbuilt, tier, public_key=public_key, is_built=False)
    for name, method, path, tier, public_key in _ROWS
)
"""The operations, with the tier and the keys that they will have."""
