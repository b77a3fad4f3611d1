"""Operations of Knock's API that this version does not answer: each gives a 501 that names it.

There are none at present. When Knock adds an operation it is named here first, and leaves when a module of this
package declares it.
"""

from __future__ import annotations

from knock_fake.gateway.operations import Operation, refuse_unbuilt


def name_unbuilt(name: str, method: str, path: str, tier: int) -> Operation:
    """Return the declaration of an operation that is not answered yet."""
    return Operation(name, method, path, refuse_unbuilt, tier, is_built=False)


UNBUILT: tuple[Operation, ...] = ()
"""The operations that are not answered yet."""
