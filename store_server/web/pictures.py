"""An uploaded picture decoded and written anew, so that nothing but its pixels is kept (OWASP, File Upload Cheat Sheet).

PNG, JPEG or WebP, told by their content and never by their name; out comes WebP. Metadata, trailing bytes and further
frames are dropped. What is no picture, too large or a decompression bomb is refused.
"""

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MEDIA_TYPE = "image/webp"

LARGEST_UPLOAD = 8 * 1024 * 1024
"""Bytes: a phone's photograph of a plan on the wall is 3 to 6 MB."""
LARGEST_PIXELS = 40_000_000
"""Told in the header, before anything is decoded: 160 MB of memory at four bytes each."""
LARGEST_SIDE = 1_600
"""Pixels kept: sharp on a tablet across the whole page."""
LARGEST_KEPT = 100 * 1024
"""Bytes: a page with its plan stays under 200 kB."""
_QUALITIES = (80, 65, 50, 35)
_SVG_SEEN = 1_024
"""Bytes at the beginning in which an SVG says that it is one."""


class BadPicture(Exception):
    """This upload is not kept; `reason` is empty | large | vector | kind | pixels | broken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as kept: WebP of our own writing."""

    data: bytes
    width_px: int
    height_px: int

    @property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()[:16]


def cleansed(upload: bytes) -> Picture:
    """Return an upload written anew. Raises BadPicture."""
    if not upload:
        raise BadPicture("empty")
    if len(upload) > LARGEST_UPLOAD:
        raise BadPicture("large")
    try:
        return _written(_decoded(upload))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise BadPicture("pixels") from fault
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
    ) as fault:
        # What decoders raise on a file made to hurt them (Pillow's own fuzzing lists the same).
        raise BadPicture("broken") from fault


def _decoded(upload: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(upload), formats=FORMATS)
    except UnidentifiedImageError as fault:
        start = upload[:_SVG_SEEN].lower()
        raise BadPicture("vector" if b"<svg" in start or b"<?xml" in start else "kind") from fault
    if picture.width * picture.height > LARGEST_PIXELS:
        raise BadPicture("pixels")
    picture.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # a JPEG need not be decoded larger than it is kept
    return ImageOps.exif_transpose(picture)


def _written(picture: Image.Image) -> Picture:
    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    plain = picture.convert("RGBA" if has_alpha else "RGB")
    side = LARGEST_SIDE
    while True:
        plain.thumbnail((side, side))
        for quality in _QUALITIES:
            out = io.BytesIO()
            plain.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= LARGEST_KEPT:
                return Picture(out.getvalue(), plain.width, plain.height)
        side = side * 3 // 4
