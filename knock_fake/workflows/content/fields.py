"""Reading a template's JSON field by field. What is unknown or of a wrong type is refused with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.json_types import is_whole
from knock_fake.workflows.templating import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

_IGNORED = ("__readonly", "__annotation")


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object and its place in the workflow. A field that is null counts as absent."""

    values: JsonObject
    place: str

    def has(self, key: str) -> bool:
        """Return whether a field is given."""
        return self.values.get(key) is not None

    def text(self, key: str) -> str | None:
        """Return a text, or ``None`` when the field is absent."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            self.refuse(key, f"must be text, not {value!r}")
        return value

    def required_text(self, key: str) -> str:
        """Return a text that must be given."""
        value = self.text(key)
        return self.refuse(key, "is required") if value is None else value

    def template(self, key: str) -> Template | None:
        """Return a compiled Liquid text, or ``None`` when the field is absent."""
        source = self.text(key)
        return None if source is None else compile_template(source, f"{self.place}.{key}")

    def required_template(self, key: str) -> Template:
        """Return a compiled Liquid text that must be given."""
        return compile_template(self.required_text(key), f"{self.place}.{key}")

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return one of some words; required when there is no default."""
        value = default if default is not None and not self.has(key) else self.required_text(key)
        if value not in choices:
            self.refuse(key, f"cannot be {value!r}; {nearest(value, choices)}")
        return value

    def whole(self, key: str, default: int, lowest: int, highest: int | None = None) -> int:
        """Return a whole number within bounds, or the default when the field is absent."""
        value = self.values.get(key)
        if value is None:
            return default
        if is_whole(value) and lowest <= value <= (highest or value):
            return value
        bounds = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        return self.refuse(key, f"must be a whole number {bounds}, not {value!r}")

    def flag(self, key: str) -> bool:
        """Return whether a field is true; an absent one is not."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, f"must be true or false, not {value!r}")
        return value is True

    def section(self, key: str, known: Sequence[str]) -> Fields:
        """Return an object inside this one; an absent one is empty."""
        value = self.values.get(key)
        return read_fields({} if value is None else value, f"{self.place}.{key}", known)

    def items(self, key: str, known: Sequence[str]) -> list[Fields]:
        """Return the objects of a list; an absent one is empty."""
        return [read_fields(value, place, known) for value, place in self.values_of(key)]

    def values_of(self, key: str) -> list[tuple[Json, str]]:
        """Return the values of a list with their places; an absent one is empty."""
        values = self.values.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            self.refuse(key, f"must be a list, not {values!r}")
        return [(value, f"{self.place}.{key}[{index}]") for index, value in enumerate(values)]

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Raise the error for one field."""
        raise WorkflowDefinitionError(f"{self.place}.{key}: {problem}")


def read_fields(value: Json, place: str, known: Sequence[str]) -> Fields:
    """Check that a value is an object with known keys only.

    Args:
        value: the JSON value.
        place: where it stands, such as ``workflow 'x': steps[0].template``.
        known: the keys that it may have.

    Raises:
        WorkflowDefinitionError: it is no object, or has another key.
    """
    if not isinstance(value, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object, not {value!r}")
    for key in value:
        if key not in known and key not in _IGNORED:
            raise WorkflowDefinitionError(f"{place}: {_unknown(str(key), known)}")
    return Fields(value, place)


def _unknown(key: str, known: Sequence[str]) -> str:
    if key.endswith("@") and key[:-1] in known:
        # So the files look that Knock's command line pulls: the text stands in a file of its own.
        return f"{key!r} refers to a file, and files are not read; put the text itself into {key[:-1]!r}"
    return f"unknown key {key!r}; {nearest(key, known)}"
