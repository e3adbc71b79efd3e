"""The shopper's page: everything from this server, nothing inline, two languages, a file a version."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store_server.web.shopper.because import _DWELL, _MOMENTS, _QUIETLY, PURPOSES
from store_server.web.shopper.languages import languages
from store_server.web.shopper.page import FILES, HERE, VERSION
from store_server.web.shopper.words import SPOKEN_BY_SCRIPT
from tests.store_server.app_door import Door, open_door
from tests.store_server.shop import furnish

SAID = re.compile(r'(?:\bsay|gettext)\(\s*"([^"]+)"')
COUNTED = re.compile(r'count\(\s*"([^"]+)"')
IN_TEMPLATE = re.compile(r"""_\((?:"([^"]+)"|'([^']+)')\)""")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    furnish(tmp_path / "aislecue.db", shoppers=[])
    async with open_door(tmp_path / "aislecue.db") as door:
        yield door


def texts_used() -> set[str]:
    """Return every text that a shopper may read: template, script, sentences."""
    found = {*SPOKEN_BY_SCRIPT, *PURPOSES.values(), *_DWELL.values(), *_MOMENTS.values(), *_QUIETLY.values()}
    template = (HERE / "templates" / "page.html").read_text(encoding="utf-8")
    found |= {one for pair in IN_TEMPLATE.findall(template) for one in pair if one}
    for source in (HERE / "page.py", HERE / "because.py", HERE.parent / "api" / "why.py"):
        text = source.read_text(encoding="utf-8")
        found |= set(SAID.findall(text)) | set(COUNTED.findall(text))
    return found


def test_every_text_is_in_italian_and_none_outlives_its_use() -> None:
    italian = languages()["it"].texts

    assert texts_used() - set(italian) == set()
    assert set(italian) - {""} - texts_used() == set()


def test_a_translation_names_no_value_that_its_text_does_not_have() -> None:
    for english, forms in languages()["it"].texts.items():
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(english)), english


def test_the_script_says_only_what_is_translated() -> None:
    script = "".join(FILES[name].decode() for name in FILES if name.endswith(".js"))

    assert set(re.findall(r'words\["([^"]+)"\]', script)) <= set(SPOKEN_BY_SCRIPT)


async def test_everything_the_page_names_is_there_and_nothing_is_elsewhere(door: Door) -> None:
    answer = await door.client.get("/shop/")

    addresses = set(re.findall(r'(?:src|href)="([^"#]+)', answer.text)) - {"?lang=en", "?lang=it"}
    assert all(address.startswith("/shop/") for address in addresses)
    for address in addresses:
        assert (await door.client.get(address)).status_code == 200, address
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_every_choice_is_off_and_has_its_own_label_and_reason(door: Door) -> None:
    html = (await door.client.get("/shop/")).text

    switches = re.findall(r'<input type="checkbox"[^>]*>', html)
    assert len(switches) == 4
    for switch in switches:
        name = re.findall(r'name="(\w+)"', switch)[0]
        assert " checked" not in switch
        assert f'<label for="{name}">' in html
        assert f'<p id="{name}-what">' in html


async def test_the_page_speaks_italian_where_asked_and_remembers(door: Door) -> None:
    asked = await door.client.get("/shop/?lang=it")
    again = await door.client.get("/shop/", headers={"Accept-Language": "en"})

    assert '<html lang="it">' in asked.text
    assert "Salva le mie scelte" in again.text


async def test_a_strange_language_or_query_is_no_fault(door: Door) -> None:
    for query in ("lang=xx", "store=a&zone=%3Cscript%3E"):
        answer = await door.client.get(f"/shop/?{query}")
        assert answer.status_code == 200
        assert "<script>" not in answer.text


async def test_files_are_kept_for_ever_under_their_version_only(door: Door) -> None:
    now = await door.client.get(f"/shop/{VERSION}/shop.js")
    before = await door.client.get("/shop/0000000000/shop.js")

    assert "immutable" in now.headers["cache-control"]
    assert before.headers["cache-control"] == "no-store"
    assert (await door.client.get(f"/shop/{VERSION}/..%2fpage.py")).status_code == 404


async def test_the_worker_is_of_this_version_and_asked_for_again(door: Door) -> None:
    answer = await door.client.get("/shop/sw.js")

    assert "{{version}}" not in answer.text
    assert VERSION in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_phone_can_install_it(door: Door) -> None:
    manifest = (await door.client.get("/shop/manifest.webmanifest")).json()

    assert manifest["scope"] == manifest["start_url"] == "/shop/"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert (await door.client.get(icon["src"])).headers["content-type"] == icon["type"]


async def test_the_page_s_settings_are_json_whatever_the_words(door: Door) -> None:
    html = (await door.client.get("/shop/?lang=it")).text

    settings = json.loads(re.findall(r'id="settings">(.*?)</script>', html, re.DOTALL)[0])
    assert settings["language"] == "it"
    assert settings["words"]["Put away"] == "Metti via"
