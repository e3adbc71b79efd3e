"""Routes of the stores: their list and their map, under the same filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.db.tables import StoreCondition
from store_server.fleet.kept import kept_stores, last_look
from store_server.web.console.accounts.gate import STORES
from store_server.web.console.desk import Desk
from store_server.web.console.leaves import read_leaf, turn_leaves
from store_server.web.console.places.map import Box, Place, draw_map, read_box
from store_server.web.console.places.pages_places import kept_places
from store_server.web.console.times import Moment, look_words
from store_server.web.console.words import marked

LEAF_LENGTH = 50
LONGEST_SEARCH = 64

STATES: Mapping[str, Callable[[StoreCondition], bool]] = {
    "stopped": lambda one: one.stopped > 0,
    "unwell": lambda one: one.gateways_well < one.gateways or one.beacons_heard < one.beacons,
}
STATE_WORDS = {"stopped": marked("Campaigns cannot fire"), "unwell": marked("Not everything is well")}


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One store in the list; no condition: not judged yet."""

    id: str
    name: str
    condition: StoreCondition | None
    clock: Moment


def add_routes(router: APIRouter, desk: Desk) -> None:
    """Add the list of stores."""

    @router.get("")
    @router.get("/stores")
    def stores(request: Request, state: str = "", text: str = "", box: str = "", page: str = "") -> Response:
        now, language, text = desk.clock.now(), desk.language(request), text.strip()[:LONGEST_SEARCH]
        with reading(desk.engine) as session:
            plans = desk.plans(session)
            if len(plans) == 1:
                return RedirectResponse(f"{STORES}/{next(iter(plans))}", status_code=303)
            kept, look = kept_stores(session), last_look(session, now)
            named = [plan for plan in plans.values() if _named(plan, text)]
            placed, near = _placed(session, plans, kept), read_box(box)
            inside = [plan for plan in named if near is None or _holds(near, placed.get(plan.id))]
            found = [(plan, kept.get(plan.id)) for plan in inside if _is(kept.get(plan.id), state)]
            leaf = turn_leaves(request.url, read_leaf(page), len(found), LEAF_LENGTH)
            listed = [
                StoreRow(plan.id, plan.name, one, desk.times(plan, language).zoned(now))
                for plan, one in found[leaf.skip : leaf.last]
            ]
            counts = {key: sum(_is(kept.get(plan.id), key) for plan in inside) for key in STATES}
            drawn = [placed[one.id] for one in named if one.id in placed and _is(kept.get(one.id), state)]
        filters = [("", language.gettext("All"), len(inside))]
        filters += [(key, language.gettext(STATE_WORDS[key]), number) for key, number in counts.items()]
        return desk.page(
            request,
            "stores.html",
            section="live",
            stores=listed,
            filters=filters,
            wanted=state,
            text=text,
            leaf=leaf,
            look=look_words(look, language, now, (plan.timezone for plan in plans.values())),
            none_at_all=not plans,
            box=str(near) if near else "",
            unplaced=len(plans) - len(placed),
            map=draw_map(drawn, [*placed.values()], near) if placed else None,
        )


def _placed(
    session: Session, plans: Mapping[str, StorePlan], kept: Mapping[str, StoreCondition]
) -> dict[str, Place]:
    """Return the stores that have a place on the map, with how each is doing."""
    return {
        store: Place(store, plans[store].name, *place, _state(kept.get(store)))
        for store, place in kept_places(session).items()
        if store in plans
    }


def _state(one: StoreCondition | None) -> str:
    if one is None:
        return "unknown"
    return next((name for name, holds in STATES.items() if holds(one)), "well")


def _named(plan: StorePlan, text: str) -> bool:
    return text.casefold() in plan.name.casefold() or text.casefold() in plan.id


def _holds(box: Box, place: Place | None) -> bool:
    return place is not None and box.holds(place.latitude, place.longitude)


def _is(one: StoreCondition | None, state: str) -> bool:
    """Say whether a store is in a state; one not judged yet is in none."""
    return state not in STATES or (one is not None and STATES[state](one))
