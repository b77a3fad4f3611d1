"""Visual blocks of an email: compiled when the workflow is added, to HTML with the Liquid still in it.

Knock documents the class names of the rows and buttons but not the HTML around them: its form is our choice. Layout
attributes are accepted and leave no trace in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.state.branding import COLOURS
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.markdown import escape_template, markdown_template_to_html
from knock_fake.workflows.templating import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Rendering

_VERSION = 1
_COMMON = ("id", "type", "name", "version", "layout_attrs")
_BUTTON_KEYS = ("id", "type", "name", "label", "action", "variant", "size_attrs", "style_attrs")
_COLUMN_KEYS = ("id", "type", "name", "blocks", "layout_attrs", "style_attrs")
_SIZES = ("sm", "md", "lg")
_STYLES: Mapping[str, str] = {
    "background_color": "background-color: {}",
    "border_color": "border-color: {}",
    "border_radius": "border-radius: {}px",
    "border_width": "border-width: {}px",
    "text_color": "color: {}",
}
"""The style attributes of a button, each with its CSS."""


class Block(Protocol):
    """One compiled block."""

    def render(self, rendering: Rendering) -> str:
        """Return the HTML of the block.

        Raises:
            TemplateError: it cannot be rendered with these variables.
        """
        ...


@dataclass(frozen=True, slots=True)
class Html:
    """HTML with Liquid in it: every block that knows its form when it is compiled, and a body of its own."""

    template: Template

    def render(self, rendering: Rendering) -> str:
        """Return the HTML."""
        return rendering.text(self.template)


@dataclass(frozen=True, slots=True)
class PartialBlock:
    """A partial that stands as a block. Its attributes are what the partial is given."""

    key: str
    attributes: JsonTemplate | None
    place: str

    def render(self, rendering: Rendering) -> str:
        """Return what the partial shows."""
        given = self.attributes.values(rendering) if self.attributes is not None else {}
        return _row("partial", f"\n{rendering.partial(self.key, given, self.place)}\n")


@dataclass(frozen=True, slots=True)
class Row:
    """Columns beside one another, each with blocks of its own."""

    columns: tuple[tuple[Block, ...], ...]

    def render(self, rendering: Rendering) -> str:
        """Return the columns."""
        cells = ["\n".join(block.render(rendering) for block in column) for column in self.columns]
        return _row("row", "".join(f'<div class="block-column">\n{cell}\n</div>' for cell in cells))


def compile_visual_blocks(fields: Fields, key: str = "visual_blocks") -> tuple[Block, ...]:
    """Compile the blocks of a list.

    Raises:
        WorkflowDefinitionError: a block is malformed, or of an unknown type.
    """
    return tuple(_compile_block(value, place) for value, place in fields.values_of(key))


def _compile_block(value: Json, place: str) -> Block:
    type_ = value.get("type") if isinstance(value, dict) else None
    if not isinstance(type_, str):
        raise WorkflowDefinitionError(f"{place}: a block is an object with a type, not {value!r}")
    if type_ not in _BLOCKS:
        remedy = nearest(type_, [*_BLOCKS])
        raise WorkflowDefinitionError(f"{place}.type: unknown block type {type_!r}; {remedy}")
    keys, compile_ = _BLOCKS[type_]
    fields = read_fields(value, place, (*_COMMON, *keys))
    if fields.values.get("version") not in (None, _VERSION):
        fields.refuse("version", f"must be {_VERSION}, not {fields.values['version']!r}")
    return compile_(fields)


def _row(type_: str, html: str) -> str:
    return f'<div class="block-row block-row--{type_}-v{_VERSION}">{html}</div>'


def _html_of(fields: Fields, html: str) -> Html:
    return Html(compile_template(_row(fields.required_text("type"), html), fields.place))


def _markdown(fields: Fields) -> Block:
    fields.text("variant")
    source = fields.required_template("content").source
    return _html_of(fields, f'<div class="block-markdown">\n{markdown_template_to_html(source)}\n</div>')


def _html(fields: Fields) -> Block:
    return _html_of(fields, fields.required_template("content").source)


def _button_set(fields: Fields) -> Block:
    buttons = fields.items("buttons", _BUTTON_KEYS)
    if not buttons:
        fields.refuse("buttons", "needs at least one button")
    return _html_of(fields, "".join(_button(button) for button in buttons))


def _button(fields: Fields) -> str:
    variant = fields.choice("variant", ("solid", "outline"), "solid")
    label, action = fields.required_template("label"), fields.required_template("action")
    classes = " ".join(["block-button", f"block-button--{variant}", *_size_classes(_attributes(fields, "size_attrs"))])
    style = _button_style(_attributes(fields, "style_attrs"))
    return f'<a class="{classes}" href="{escape_template(action.source)}"{style}>{escape_template(label.source)}</a>'


def _attributes(fields: Fields, key: str) -> JsonObject:
    """Return the attributes of a block; such as Knock's reference does not know are left alone."""
    value = fields.values.get(key)
    if value is not None and not isinstance(value, dict):
        fields.refuse(key, f"must be an object, not {value!r}")
    return value or {}


def _size_classes(attributes: JsonObject) -> list[str]:
    size = attributes.get("size")
    sized = [f"block-button--{size}"] if size in _SIZES else []
    return [*sized, "block-button--fullwidth"] if attributes.get("is_fullwidth") is True else sized


def _button_style(attributes: JsonObject) -> str:
    """Return the style of a button. A colour may be the name of one of the branding's."""
    given = [(css, attributes[name]) for name, css in _STYLES.items() if attributes.get(name) is not None]
    styles = [css.format(f"{{{{ vars.branding.{value} }}}}" if value in COLOURS else value) for css, value in given]
    return f' style="{escape_template("; ".join(styles))}"' if styles else ""


def _divider(fields: Fields) -> Block:
    return _html_of(fields, '<hr class="block-divider">')


def _image(fields: Fields) -> Block:
    url, alt, action = fields.required_template("url"), fields.template("alt"), fields.template("action")
    width = _attributes(fields, "style_attrs").get("width")
    attributes = {"src": url.source, "alt": alt.source if alt is not None else ""}
    if width is not None:
        attributes["width"] = str(width)
    image = "<img" + "".join(f' {name}="{escape_template(text)}"' for name, text in attributes.items()) + ">"
    return _html_of(fields, image if action is None else f'<a href="{escape_template(action.source)}">{image}</a>')


def _partial(fields: Fields) -> Block:
    return PartialBlock(fields.required_text("key"), read_json_template(fields, "attrs"), fields.place)


def _columns(fields: Fields) -> Block:
    """Compile a row. Knock's reference does not have its JSON: a list of columns, each with ``blocks``, our choice."""
    columns = fields.items("columns", _COLUMN_KEYS)
    if not columns:
        fields.refuse("columns", "needs at least one column, such as {'blocks': [{'type': 'divider'}]}")
    return Row(tuple(compile_visual_blocks(column, "blocks") for column in columns))


_BLOCKS: Mapping[str, tuple[tuple[str, ...], Callable[[Fields], Block]]] = {
    "button_set": (("buttons",), _button_set),
    "divider": ((), _divider),
    "html": (("content",), _html),
    "image": (("url", "alt", "action", "style_attrs"), _image),
    "markdown": (("content", "variant"), _markdown),
    "partial": (("key", "attrs"), _partial),
    "row": (("columns",), _columns),
}
