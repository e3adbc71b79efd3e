"""The drawing under a store's zones: uploaded, scaled, shown, taken away; what is no picture is told so."""

import io

import httpx
import pytest
from PIL import Image
from sqlalchemy import Engine

from store_server.db.session import reading
from store_server.db.tables import FloorPicture
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import STORE

PAGE = f"/console/stores/{STORE}/plan/picture"


def drawing() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 200), (250, 250, 250)).save(out, "PNG")
    return out.getvalue()


async def upload(console: httpx.AsyncClient, data: bytes, name: str = "plan.png") -> httpx.Response:
    return await console.post(PAGE, files={"picture": (name, data, "image/png")})


def kept(engine: Engine) -> FloorPicture | None:
    with reading(engine) as session:
        return session.get(FloorPicture, STORE)


async def test_a_drawing_is_kept_scaled_and_lies_under_the_zones(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    assert (await upload(console, drawing())).status_code == 303
    row = kept(engine)
    assert row is not None
    assert row.width_m == 40, "as wide as the floor, until somebody measures"
    placed = await console.post(f"{PAGE}/place", data={"wide": "44", "left": "-2", "bottom": "1.5"})
    assert placed.status_code == 303
    image: dict[str, str] = {}
    for path in (f"/console/stores/{STORE}/plan", f"/console/stores/{STORE}"):
        page = Page((await console.get(path)).text)
        (image,) = page.elements["image"]
        assert (image["x"], image["y"], image["width"], image["height"]) == ("-2.0", "1.5", "44.0", "22.0")
        shown = await console.get(image["href"])
        assert shown.headers["content-type"] == "image/webp"
        assert "private" in shown.headers["cache-control"]
    await upload(console, drawing())
    assert (again := kept(engine)) is not None
    assert again.width_m == 44, "another picture lies where the one before lay"
    await console.post(f"{PAGE}/place", data={"do": "drop"})
    assert kept(engine) is None
    assert (await console.get(image["href"])).status_code == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "This is an SVG"),
        (b"<script>alert(1)</script>", "This is no PNG, JPEG or WebP picture."),
        (drawing()[:80], "This picture is damaged"),
        (b"", "Choose a picture first."),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (9 * 1024 * 1024), "This file is over 8 MB."),
    ],
)
async def test_what_is_no_picture_is_told_beside_the_field(
    console: httpx.AsyncClient, engine: Engine, data: bytes, said: str
) -> None:
    answer = await upload(console, data, "plan.png")
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.faults == []
    assert said in page.text("p")
    assert any(one.get("aria-invalid") for one in page.elements["input"])
    assert kept(engine) is None


@pytest.mark.parametrize(
    "place", [{"wide": "0"}, {"wide": "nan"}, {"wide": "x"}, {"wide": "20000"}, {"left": "inf"}]
)
async def test_a_place_that_is_none_changes_nothing(
    console: httpx.AsyncClient, engine: Engine, place: dict[str, str]
) -> None:
    await upload(console, drawing())
    answer = await console.post(f"{PAGE}/place", data={"wide": "40", "left": "0", "bottom": "0", **place})
    assert answer.status_code == 422
    assert "Metres, please" in Page(answer.text).text()
    assert (row := kept(engine)) is not None
    assert row.width_m == 40


async def test_no_form_at_all_is_refused(console: httpx.AsyncClient) -> None:
    answer = await console.post(PAGE, content=b"--x", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 422
    assert (await upload(console, drawing(), "x")).status_code == 303
    unknown = await console.post("/console/stores/nowhere/plan/picture", files={"picture": drawing()})
    assert unknown.status_code == 404
