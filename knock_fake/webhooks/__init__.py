"""Outbound webhooks: endpoints are told of what happens in a world, each request a task on its clock.

:func:`sign` and :func:`verify` are for tests of whoever receives them.
"""

from __future__ import annotations

from knock_fake.delivery.signatures import sign, verify

__all__ = ["sign", "verify"]
