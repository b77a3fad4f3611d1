"""The layout around an email: what it shows beside the variables of the run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from knock_fake.json_types import as_object
from knock_fake.workflows.templating import Rendering, TemplateError
from knock_fake.workflows.vars import shared_vars

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.workflows.library.layouts import Layout
    from knock_fake.workflows.scopes import Scope
    from knock_fake.workflows.templating import Template


def find_layout(key: str, scope: Scope, place: str) -> Layout:
    """Return the layout that a template names.

    Raises:
        TemplateError: there is none; layouts are looked up when an email is rendered, so that they can be added
            after the workflows that name them (our choice).
    """
    layouts = scope.library.layouts
    found = layouts.get(key)
    if found is None:
        raise TemplateError(place, None, layouts.explain_unknown(key))
    return found


def branded(layout: Layout | None, scope: Scope) -> Scope:
    """Return the scope in which a layout and what stands in it are rendered: with the layout's own branding."""
    if layout is None or not layout.branding_overrides or scope.state is None:
        return scope
    shown = scope.get("vars")
    own = shared_vars(scope.state, scope.tenant, layout.branding_overrides)["branding"]
    return scope.having({"vars": {**as_object(shown), "branding": own}})


def in_layout(
    rendering: Rendering, frame: Template, layout: Layout, body: Callable[[], str], preview_text: Callable[[], str]
) -> str:
    """Return a layout with a body in it.

    The body is rendered where the layout first shows ``content``: what it assigns is seen only after that (Knock's
    docs on email layouts).

    Args:
        rendering: what ``pre_content`` was rendered in.
        frame: the HTML or the text of the layout.
        layout: the layout.
        body: renders the body.
        preview_text: renders the preview text.

    Raises:
        TemplateError: layout or body cannot be rendered.
    """
    rendering.define("content", body)
    rendering.define("preview_text", preview_text)
    rendering.define("footer_links", lambda: _footer_links(rendering, layout, is_html=frame is layout.html))
    return rendering.text(frame)


def _footer_links(rendering: Rendering, layout: Layout, *, is_html: bool) -> list[object]:
    """Return links that have ``text`` and ``url`` and print as one, a line each (what they print as is our choice)."""
    from knock_fake.workflows.dialect.values import Shown

    shown: list[object] = []
    for link in layout.footer_links:
        label, address = rendering.text(link.text), rendering.text(link.url)
        anchor = f'<a class="footer-link" href="{escape(address)}">{escape(label)}</a>'
        line = anchor if is_html else f"{label}: {address}"
        shown.append(Shown({"text": label, "url": address}, f"\n{line}" if shown else line))
    return shown
