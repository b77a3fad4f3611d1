"""Visual blocks of an email: their HTML, made when the workflow is added, with the Liquid still in it.

Knock documents the class names of the rows and buttons but not the HTML around them: its form is our choice.
Layout, size and style attributes are accepted and leave no trace in it, but for the width of an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.markdown import escape_template, markdown_template_to_html
from knock_fake.workflows.templating import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json

_VERSION = 1
_COMMON = ("id", "type", "name", "version", "layout_attrs")
_BUTTON_KEYS = ("id", "name", "label", "action", "variant", "size_attrs", "style_attrs")
_LATER = {"partial": "partials", "row": "rows of columns"}


def compile_visual_blocks(fields: Fields) -> tuple[Template, ...]:
    """Compile the blocks of ``visual_blocks``, one template of HTML for each.

    Raises:
        WorkflowDefinitionError: a block is malformed, or of a type that cannot be honoured.
    """
    return tuple(_compile_block(value, place) for value, place in fields.values_of("visual_blocks"))


def _compile_block(value: Json, place: str) -> Template:
    type_ = value.get("type") if isinstance(value, dict) else None
    if not isinstance(type_, str):
        raise WorkflowDefinitionError(f"{place}: a block is an object with a type, not {value!r}")
    if type_ in _LATER:
        problem = f"blocks of type {type_!r} need {_LATER[type_]}, which this version does not support"
        raise WorkflowDefinitionError(f"{place}.type: {problem}; use a block of type 'html'")
    if type_ not in _BLOCKS:
        remedy = nearest(type_, [*_BLOCKS])
        raise WorkflowDefinitionError(f"{place}.type: unknown block type {type_!r}; {remedy}")
    keys, to_html = _BLOCKS[type_]
    fields = read_fields(value, place, (*_COMMON, *keys))
    if fields.values.get("version") not in (None, _VERSION):
        fields.refuse("version", f"must be {_VERSION}, not {fields.values['version']!r}")
    html = f'<div class="block-row block-row--{type_}-v{_VERSION}">{to_html(fields)}</div>'
    return compile_template(html, place)


def _markdown(fields: Fields) -> str:
    fields.text("variant")
    source = fields.required_template("content").source
    return f"\n{markdown_template_to_html(source)}\n"


def _html(fields: Fields) -> str:
    return fields.required_template("content").source


def _button_set(fields: Fields) -> str:
    buttons = fields.items("buttons", _BUTTON_KEYS)
    if not buttons:
        fields.refuse("buttons", "needs at least one button")
    return "".join(_button(button) for button in buttons)


def _button(fields: Fields) -> str:
    variant = fields.choice("variant", ("solid", "outline"), "solid")
    label, action = fields.required_template("label"), fields.required_template("action")
    style = f"block-button block-button--{variant}"
    return f'<a class="{style}" href="{escape_template(action.source)}">{escape_template(label.source)}</a>'


def _divider(_fields: Fields) -> str:
    return "<hr>"


def _image(fields: Fields) -> str:
    url, alt, action = fields.required_template("url"), fields.template("alt"), fields.template("action")
    width = fields.section("style_attrs", ("width",)).values.get("width")
    attributes = {"src": url.source, "alt": alt.source if alt is not None else ""}
    if width is not None:
        attributes["width"] = str(width)
    image = "<img" + "".join(f' {name}="{escape_template(text)}"' for name, text in attributes.items()) + ">"
    return image if action is None else f'<a href="{escape_template(action.source)}">{image}</a>'


_BLOCKS: Mapping[str, tuple[tuple[str, ...], Callable[[Fields], str]]] = {
    "button_set": (("buttons",), _button_set),
    "divider": ((), _divider),
    "html": (("content",), _html),
    "image": (("url", "alt", "action", "style_attrs"), _image),
    "markdown": (("content", "variant"), _markdown),
}
