"""Writes ``docs/coverage.md`` from the declarations: ``python docs/coverage.py`` (``--check`` only compares)."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.api import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for the tests' table of SDK calls
from tests.sdk.table import CALLS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.gateway.operations import Operation

PAGE = ROOT / "docs" / "coverage.md"

HEAD = """\
# Coverage

Made by `python docs/coverage.py` from the declarations of the endpoints and their docstrings.
Behaviour follows Knock's API reference and docs, the older reference as well as the current one; where they are silent,
the last column says what was chosen.

- **Schemas**: what is checked against the files of `schemas/`: the body (B), the query (Q), the answer (A, in tests).
- **SDK**: whether tests drive it with every method that Knock's Python SDK has for it, sync and async.
- **Reference**: where Knock documents it: in its older and its current API reference, or in one of them.
- **Keys**: what may call beside a secret key: a publishable one, or one whose user token grants it.

"""
COLUMNS = ("Operation", "Request", "Since", "Schemas", "SDK", "Reference", "Keys", "Choices and limits")
DRIVEN = {call.reached for call in CALLS}
KEYS = {"documented": "publishable", "client_sdk": "publishable", "grant": "with grant", "no": "secret"}


def main() -> int:
    """Write the page, or with ``--check`` return 1 when the one that is there is stale."""
    page = render()
    if "--check" in sys.argv:
        return int(PAGE.read_text() != page)
    PAGE.write_text(page)
    return 0


def render() -> str:
    """Return the whole page."""
    built = sum(operation.is_built for operation in OPERATIONS)
    summary = f"{built} of {len(OPERATIONS)} operations are answered.\n\n"
    rows = (COLUMNS, ("---",) * len(COLUMNS), *(_row(operation) for operation in OPERATIONS))
    return HEAD + summary + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _row(operation: Operation) -> tuple[str, ...]:
    request = f"`{operation.method} {operation.path}`"
    if not operation.is_built:
        return (
            f"`{operation.name}`",
            request,
            "",
            "",
            "",
            operation.reference,
            KEYS[operation.public_key],
            "answers 501",
        )
    schemas = (("B", operation.body_schema), ("Q", operation.query_schema), ("A", operation.response_schema))
    return (
        f"`{operation.name}`",
        request,
        operation.since,
        " ".join(letter for letter, name in schemas if name) or "-",
        "yes" if operation.name in DRIVEN else "no method",
        operation.reference,
        KEYS[operation.public_key],
        " ".join(_choices(operation)),
    )


def _choices(operation: Operation) -> Iterator[str]:
    """Yield the sentences of the docstring that tell of a choice."""
    endpoint = operation.endpoint.func if isinstance(operation.endpoint, partial) else operation.endpoint
    text = " ".join((endpoint.__doc__ or "").split())
    yield from (sentence for sentence in re.split(r"(?<=[.;])\s+(?=[A-Z])", text) if "choice" in sentence)


if __name__ == "__main__":
    sys.exit(main())
