from __future__ import annotations

import re
from importlib.resources import files

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from knock_fake import KnockFake, __version__
from knock_fake.inspector.pages import POLICY
from knock_fake.skins.asgi import create_app
from knock_fake.state.messages import DELIVERY_STATUSES
from knock_fake.state.runs import CANCELLED, COMPLETED, PAUSED, PROCESSING, QUEUED
from tests.skins.test_asgi import get

NAMES = sorted(one.name for one in files("knock_fake.inspector").iterdir() if re.search(r"\.(js|css)$", one.name))


APP = create_app(KnockFake())


def test_the_page_is_served_with_a_policy_that_lets_no_message_run_a_script() -> None:
    page = get(APP, "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == POLICY
    assert "script-src 'self';" in POLICY
    assert "default-src 'none';" in POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert f"<span>{__version__}</span>" in page.text


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_served_as_what_it_is(name: str) -> None:
    served = get(APP, f"/_inspector/{name}")
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    assert (served.status_code, served.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.text == files("knock_fake.inspector").joinpath(name).read_text("utf-8")


@pytest.mark.parametrize("name", ["pages.py", "index.html", "nowhere.js", "..%2Fworld.py", "%2e%2e"])
def test_nothing_else_is_served(name: str) -> None:
    assert get(APP, f"/_inspector/{name}").status_code == 404


def test_whatever_the_page_and_its_modules_name_is_there() -> None:
    named = set(re.findall(r'"_inspector/([^"]+)"', get(APP, "/").text))
    for name in NAMES:
        named |= set(re.findall(r"from '\./([^']+)'", get(APP, f"/_inspector/{name}").text))
    assert named == set(NAMES)


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    texts = [get(APP, "/").text.replace("http://knock.test:4010", "")]
    texts += [get(APP, f"/_inspector/{name}").text for name in NAMES]
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//|@import|url\(\s*['\"]?http", "".join(texts)) == []


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "setHTML"])
def test_no_module_can_make_html_of_data(word: str) -> None:
    assert [name for name in NAMES if word in get(APP, f"/_inspector/{name}").text] == []


def test_only_frames_are_given_html() -> None:
    texts = {name: files("knock_fake.inspector").joinpath(name).read_text("utf-8") for name in NAMES}
    assert [name for name, text in texts.items() if "srcdoc" in text] == ["frame.js"]
    assert "allow-scripts" not in texts["frame.js"]
    assert "allow-same-origin" not in texts["frame.js"]


def test_a_mounted_page_names_its_files_below_the_mount() -> None:
    outer = Starlette(routes=[Mount("/knock", app=create_app(KnockFake()))])
    assert 'src="_inspector/app.js"' in get(outer, "/knock/").text
    assert get(outer, "/knock/_inspector/app.js").status_code == 200
    assert get(outer, "/knock").headers["location"].endswith("/knock/")


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("messages.js", DELIVERY_STATUSES), ("runs.js", (QUEUED, PROCESSING, PAUSED, COMPLETED, CANCELLED))],
)
def test_every_status_that_there_is_can_be_chosen(name: str, statuses: tuple[str, ...]) -> None:
    (listed,) = re.findall(r"const STATUSES = \[(.*)\];", get(APP, f"/_inspector/{name}").text)
    assert sorted(re.findall(r"'(\w+)'", listed)) == sorted(statuses)
