"""Which operation a method and a raw path name: one table for every skin, werkzeug's ``Map`` under it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from knock_fake.errors import framework_error, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.routing import MapAdapter

    from knock_fake.gateway.operations import Operation

_PARAMETER = re.compile(r"\{(\w+)\}")


class Router:
    """Matches on the raw path, so that an encoded slash stays inside its segment, and decodes segments afterwards.

    Made once for a table of operations: it holds nothing of any world.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations

    @cached_property
    def _adapter(self) -> MapAdapter:
        from werkzeug.routing import Map, Rule

        rules = [
            Rule(
                _PARAMETER.sub(r"<\1>", operation.path),
                methods=[operation.method],
                endpoint=operation,
            )
            for operation in self._operations
        ]
        table = Map(rules, strict_slashes=True, merge_slashes=False, redirect_defaults=False)
        return table.bind("api.knock.app")

    def route(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """Return the operation and its decoded path parameters.

        Raises:
            ApiError: 404 with the body of Knock's web framework for a path that nothing answers, 405 for a method
                that the path does not have.
        """
        from werkzeug.exceptions import MethodNotAllowed, NotFound
        from werkzeug.routing import RequestRedirect

        try:
            operation, params = self._adapter.match(path, method)
        except MethodNotAllowed as error:
            allowed = sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"})
            raise self._method_not_allowed(method, path, allowed) from None
        except (NotFound, RequestRedirect):
            raise self._not_found(method, path) from None
        return operation, {name: unquote(value) if "%" in value else value for name, value in params.items()}

    def _method_not_allowed(self, method: str, path: str, allowed: list[str]) -> Exception:
        listed = ", ".join(allowed)
        return framework_error(
            405, "Method Not Allowed", f"{path} takes {listed}, not {method}", {"allow": listed}
        )

    def _not_found(self, method: str, path: str) -> Exception:
        if not path.startswith("/v1/"):
            remedy = "paths begin with /v1; the SDKs add it to a base URL that must not end in it"
        elif path.startswith("/v1/v1/"):
            remedy = "the base URL must not end in /v1, the SDKs add it"
        else:
            remedy = nearest(path, sorted({operation.path for operation in self._operations}))
        return framework_error(404, "Not Found", f"no operation answers {method} {path}: {remedy}")
