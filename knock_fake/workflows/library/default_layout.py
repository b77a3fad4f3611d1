"""The layout that a world has from the beginning. What Knock's own looks like is undocumented: our choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

_HTML = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>{{ vars.app_name }}</title>
</head>
<body>
<div style="display: none; max-height: 0px; overflow: hidden;">{{ preview_text }}</div>
<div class="email-wrapper">
{% if vars.branding.logo_url %}<img class="email-logo" src="{{ vars.branding.logo_url }}" alt="{{ vars.app_name }}">
{% endif %}<div class="email-body">
{{ content }}
</div>
<div class="email-footer">{{ footer_links }}</div>
</div>
</body>
</html>
"""

_TEXT = """\
{{ content }}{% if footer_links.size > 0 %}

{{ footer_links }}{% endif %}"""

DEFAULT_LAYOUT: JsonObject = {"name": "Default", "html_layout": _HTML, "text_layout": _TEXT}
"""Logo, body and footer links, the way ``layout.json`` holds them."""
