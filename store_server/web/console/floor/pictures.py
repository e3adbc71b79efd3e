"""The drawing under a store's zones: taken in, placed in metres, taken away."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import defer
from sqlmodel import Session, select

from protocol.instants import Instant
from protocol.plan import StorePlan
from store_server.db.tables import Audit, FloorPicture
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.accounts.gate import HOME
from store_server.web.console.words import marked
from store_server.web.pictures import Picture

LARGEST_M = 10_000
PICTURE_FAULTS: Mapping[str, str] = {
    "empty": marked("Choose a picture first."),
    "large": marked("This file is over 8 MB. Make the picture smaller, please."),
    "vector": marked(
        "This is an SVG, which can carry programs, so it is not taken. Save it as PNG, JPEG or WebP, please."
    ),
    "kind": marked("This is no PNG, JPEG or WebP picture."),
    "pixels": marked("This picture has more than 40 million pixels. Make it smaller, please."),
    "broken": marked("This picture is damaged and cannot be read."),
}
PLACE_FAULT = marked("Metres, please: a width above 0, and a place that may lie left of or below the floor.")


@dataclass(frozen=True, slots=True)
class PictureShape:
    """The picture as a drawing shows it: metres, counted downwards by whoever draws."""

    url: str
    left_m: float
    bottom_m: float
    width_m: float
    depth_m: float


def picture_shape(row: FloorPicture) -> PictureShape:
    """Return where a store's picture lies; its pixels are square."""
    depth = row.width_m * row.height_px / row.width_px
    url = f"{HOME}/stores/{row.store}/plan/picture/{row.digest}"
    return PictureShape(url, row.left_m, row.bottom_m, row.width_m, depth)


def read_picture(session: Session, store: str) -> PictureShape | None:
    """Return a store's picture without its bytes, or None."""
    known = select(FloorPicture).where(FloorPicture.store == store).options(defer(FloorPicture.data))  # type: ignore[arg-type]
    row = session.exec(known).first()
    return None if row is None else picture_shape(row)


def keep_picture(session: Session, plan: StorePlan, picture: Picture, by: Person, now: Instant) -> None:
    """Put a picture under a store's zones, as wide as its floor; one before it stays where it was."""
    row = session.get(FloorPicture, plan.id)
    place = (0.0, 0.0, plan.floor_m[0]) if row is None else (row.left_m, row.bottom_m, row.width_m)
    session.merge(
        FloorPicture(
            store=plan.id,
            data=picture.data,
            digest=picture.digest,
            width_px=picture.width_px,
            height_px=picture.height_px,
            left_m=place[0],
            bottom_m=place[1],
            width_m=place[2],
            changed_at=now,
            changed_by=by.name,
        )
    )
    session.add(Audit(at=now, actor=by.name, action="picture.keep", subject=plan.id))


def place_picture(session: Session, store: str, form: Mapping[str, str]) -> bool:
    """Scale and place a store's picture; False where a number is none."""
    row = session.get(FloorPicture, store)
    try:
        left, bottom, width = (
            float(form.get(name, "").replace(",", ".")) for name in ("left", "bottom", "wide")
        )
    except ValueError:
        return False
    if row is None or not (0.1 <= width <= LARGEST_M and max(abs(left), abs(bottom)) <= LARGEST_M):
        return False
    row.left_m, row.bottom_m, row.width_m = left, bottom, width
    return True


def drop_picture(session: Session, store: str, by: Person, now: Instant) -> None:
    """Take a store's picture away; where there is none, nothing happens."""
    row = session.get(FloorPicture, store)
    if row is not None:
        session.delete(row)
        session.add(Audit(at=now, actor=by.name, action="picture.drop", subject=store))
