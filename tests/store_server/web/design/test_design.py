import re

import pytest

from store_server.web.design.assets import Assets, load_assets
from store_server.web.design.tokens import DARK, LIGHT, READABLE_PAIRS, VISIBLE_PAIRS, Palette, contrast

LARGEST_CSS = 30_000


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_and_controls_visible_in_both_themes(palette: Palette) -> None:
    for text, ground in READABLE_PAIRS:
        assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    for mark, ground in VISIBLE_PAIRS:
        assert contrast(palette[mark], palette[ground]) >= 3, (mark, ground)


def test_both_themes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_the_stylesheet_is_small_and_names_only_tokens_that_exist() -> None:
    assets = load_assets("/console/assets")
    asset = assets.find(assets.url("console.css").rpartition("/")[2])
    assert asset is not None
    css = asset.body.decode()
    assert len(asset.body) < LARGEST_CSS
    assert set(re.findall(r"var\(--([\w-]+)", css)) <= set(re.findall(r"--([\w-]+):", css))
    assert "http" not in css.replace("http://www.w3.org", "")


def test_a_changed_file_gets_a_new_name_and_the_old_one_is_gone() -> None:
    before, after = Assets("/a", {"x.css": b"one"}), Assets("/a", {"x.css": b"two"})
    assert before.url("x.css") != after.url("x.css")
    assert after.find(before.url("x.css").rpartition("/")[2]) is None
    with pytest.raises(KeyError):
        after.url("y.css")
