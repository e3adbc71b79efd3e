"""Uploads as people and attackers make them: only pixels are kept."""

import io
import random
import struct
import zlib
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from store_server.web.pictures import LARGEST_KEPT, LARGEST_SIDE, LARGEST_UPLOAD, BadPicture, cleansed

SCRIPT = b"<script>alert(1)</script>"


def written(kind: str, size: tuple[int, int] = (80, 40), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_comes_back_as_webp_of_the_same_pixels(kind: str) -> None:
    kept = cleansed(written(kind))
    again = Image.open(io.BytesIO(kept.data))
    assert (again.format, again.size) == ("WEBP", (80, 40))
    assert (kept.width_px, kept.height_px) == (80, 40)
    red, green, _ = again.convert("RGB").getpixel((40, 20))  # type: ignore[misc]
    assert abs(red - 200) < 12
    assert abs(green - 30) < 12


def test_scripts_hidden_in_metadata_or_behind_the_end_are_gone() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    for upload in (
        written("PNG", pnginfo=info) + SCRIPT,
        written("JPEG", comment=SCRIPT, exif=b"Exif\0\0" + SCRIPT) + SCRIPT,
        written("WEBP", xmp=SCRIPT),
    ):
        assert SCRIPT in upload
        assert SCRIPT not in cleansed(upload).data


def test_where_it_was_taken_is_dropped_and_its_turn_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "CameraMaker"
    kept = cleansed(written("JPEG", exif=exif))
    assert (kept.width_px, kept.height_px) == (40, 80)
    assert b"CameraMaker" not in kept.data


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "vector"),
        (b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>", "vector"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00;", "kind"),
        (b"%PDF-1.7 ", "kind"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (b"MZ\x90\x00 a program", "kind"),
        (bomb(20_000, 20_000), "pixels"),
        (bomb(8_000, 8_000), "pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "pixels"),
        (written("PNG")[:60], "broken"),
        (written("JPEG")[:300], "broken"),
        (bomb(100, 100), "broken"),
        (b"x" * (LARGEST_UPLOAD + 1), "large"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(upload: bytes, reason: str) -> None:
    with pytest.raises(BadPicture) as refused:
        cleansed(upload)
    assert refused.value.reason == reason


def test_a_large_and_busy_photograph_becomes_small_enough_for_a_page() -> None:
    noise = random.Random(1).randbytes(1_700 * 500 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (1_700, 500), noise).save(out, "JPEG", quality=90)
    kept = cleansed(out.getvalue())
    assert len(kept.data) <= LARGEST_KEPT
    assert max(kept.width_px, kept.height_px) <= LARGEST_SIDE


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_picture_is_kept_or_refused_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    upload = bytearray(written(rng.choice(["PNG", "JPEG", "WEBP"])))
    for _ in range(8):
        upload[rng.randrange(12, len(upload))] = rng.randrange(256)
    with suppress(BadPicture):
        assert len(cleansed(bytes(upload)).data) <= LARGEST_KEPT
