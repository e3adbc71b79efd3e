"""The flash sheet: one card a device, with its place on the floor, label, QR, commands and a box to tick (HTML, made to be printed)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import hypot

import segno
from markupsafe import Markup

from firmware_configs.beacons import folder
from firmware_configs.drawing import draw_floor, point_of
from firmware_configs.kinds import BLUEZ, ESPHOME, ESPRUINO, VENDOR_CSV, ZEPHYR, Setting
from firmware_configs.news import News
from firmware_configs.pages import page
from firmware_configs.planning.path_loss import rssi_at
from protocol.plan import Beacon, GatewayPlace, StorePlan

MOST_QR_CODES = 200
"""A code costs 10 ms; the cards of a larger store come without."""
MOST_HEARD = 4
"""More beacons than these are no help in finding out whether a gateway hears."""
USUAL_HEIGHT_M = 2.5
_PLACE_UNKNOWN = "place not in the plan"


@dataclass(frozen=True, slots=True)
class Card:
    """One device; `point` on the floor in drawing units (y downwards), `qr` a path of unit squares with its size.

    `commands` say on which machine they are typed; a machine is named once.
    """

    id: str
    zone: str
    what: str
    facts: tuple[tuple[str, str], ...]
    commands: tuple[tuple[str, str], ...]
    hint: str
    place: str
    point: tuple[float, float] | None
    qr: tuple[str, int] | None


def render_sheet(
    plan: StorePlan,
    settings: Sequence[Setting],
    news: Mapping[str, News] | None = None,
    gone: Sequence[str] = (),
) -> str:
    """Return the sheet as one HTML file that asks for nothing else.

    `news` say what there is to do at each device since the last rendering, `gone` are those the plan has no more.
    """
    told = news or {}
    zones = {zone.id: zone.name for zone in plan.zones}
    with_qr = len(settings) + len(plan.gateways) <= MOST_QR_CODES
    beacons = [_beacon_card(plan, zones, one, with_qr=with_qr) for one in settings]
    gateways = [_gateway_card(plan, zones, k, with_qr=with_qr) for k in range(len(plan.gateways))]
    return page("sheet/sheet.html").render(
        plan=plan,
        cards=[*gateways, *beacons],
        gateways=len(gateways),
        beacons=len(beacons),
        floor=draw_floor(plan),
        tools=_tools(settings),
        # Where all is new there is nothing to compare.
        news=told if set(told.values()) != {News.NEW} or gone else {},
        counts=[(one.value, count) for one in News if (count := list(told.values()).count(one))],
        gone=gone,
    )


def _beacon_card(plan: StorePlan, zones: dict[str, str], setting: Setting, *, with_qr: bool) -> Card:
    beacon = setting.beacon
    commands, hint = _COMMANDS[setting.kind.name]
    values = {"id": beacon.id, "home": folder(setting)}
    return Card(
        id=beacon.id,
        zone=zones[beacon.zone],
        what=setting.kind.name,
        facts=(
            (_UUID, beacon.identity.uuid),
            (_NUMBERS, f"{beacon.identity.major}, {beacon.identity.minor}"),
            (_EVERY, f"{setting.interval_ms} ms at {setting.tx_power_dbm} dBm"),
            (_EXPECT, f"{beacon.measured_power_dbm} dBm ± 6"),
        ),
        commands=tuple((where, line.format(**values)) for where, line in commands),
        hint=hint,
        place=_place(beacon.position),
        point=point_of(beacon.position, plan.floor_m[1]),
        qr=_qr(f"{plan.id}/{beacon.id} {beacon.identity.major}/{beacon.identity.minor}") if with_qr else None,
    )


def _gateway_card(plan: StorePlan, zones: dict[str, str], k: int, *, with_qr: bool) -> Card:
    place = plan.gateways[k]
    return Card(
        id=place.id,
        zone=zones[place.zone],
        what="gateway",
        facts=(("account", f"{plan.id}/{place.id}"), ("should hear", _hears(plan, place))),
        commands=(
            (_HERE, f"cp gateways/{place.id}/user-data CARD/"),
            ("", "mkdir -p CARD/aislecue && cp aislecue-*.whl ca.pem gateway.pem gateway.key CARD/aislecue/"),
            ("on the Pi, ten minutes after power-on", "sudo aislecue gateway doctor"),
        ),
        hint=f"CARD: first partition of a card with Raspberry Pi OS Lite. No gateway.pem and key yet? Leave them out and enrol the Pi by a code: aislecue gateway code --store {plan.id} --gateway {place.id}",
        place=_place(place.position),
        point=point_of(place.position, plan.floor_m[1]),
        qr=_qr(f"{plan.id}/{place.id}") if with_qr else None,
    )


_UUID, _NUMBERS, _EVERY, _EXPECT = map(Markup, ("UUID", "major, minor", "every", "at 1 m expect"))
"""Known to be harmless: a large store's sheet has each ten thousand times."""
_HERE = Markup("on this computer, in the folder of this sheet")
_COMMANDS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    ESPRUINO.name: (
        ((_HERE, "npx espruino -p ADDRESS --config SAVE_ON_SEND=1 {home}/{id}.js"),),
        "ADDRESS is printed on the puck. To flash again: press the button, it listens for five minutes.",
    ),
    ESPHOME.name: (
        ((_HERE, "esphome run {home}/{id}.yaml"),),
        "The board on a USB cable; it has no network, and later needs only the socket.",
    ),
    ZEPHYR.name: (
        ((_HERE, "west build -p -b BOARD {home}/{id}"), ("", "west flash")),
        "BOARD such as nrf52840dk/nrf52840, on its USB cable or debugger.",
    ),
    BLUEZ.name: (
        (("on the Linux machine, as root, with a copy of this folder", "sh {home}/install.sh {id}"),),
        "Its own Bluetooth does it; nothing to hang.",
    ),
    VENDOR_CSV.name: (
        (("in the vendor's portal, one of", "{home}/kontakt-io.csv, minew.csv or estimote.csv"),),
        "Write this device's serial number into its row, then import the table.",
    ),
}
_TOOLS = {
    ESPRUINO.name: "Node (for npx espruino) and Bluetooth",
    ESPHOME.name: "ESPHome (pip install esphome)",
    ZEPHYR.name: "the Zephyr SDK with west",
}


def _tools(settings: Sequence[Setting]) -> list[str]:
    """Return what the computer needs that flashes these beacons."""
    kinds = {setting.kind.name for setting in settings}
    return [tool for kind, tool in _TOOLS.items() if kind in kinds]


def _hears(plan: StorePlan, gateway: GatewayPlace) -> str:
    """Return the beacons of the gateway's zone with the signal to expect where both have a place (path_loss)."""
    beacons = [beacon for beacon in plan.beacons if beacon.zone == gateway.zone]
    told = [f"{beacon.id}{_about(beacon, gateway)}" for beacon in beacons[:MOST_HEARD]]
    return (
        ", ".join(told) + (f" and {len(beacons) - MOST_HEARD} more" if len(beacons) > MOST_HEARD else "")
        or "tags only"
    )


def _about(beacon: Beacon, gateway: GatewayPlace) -> str:
    if beacon.position is None or gateway.position is None:
        return ""
    both = zip_longest(beacon.position, gateway.position, fillvalue=USUAL_HEIGHT_M)
    away_m = hypot(*(a - b for a, b in both))
    return f" about {round(rssi_at(beacon.measured_power_dbm, away_m))} dBm"


def _place(position: tuple[float, ...] | None) -> str:
    if position is None:
        return _PLACE_UNKNOWN
    height = f", {position[2]:g}\N{NO-BREAK SPACE}m high" if len(position) > 2 else ""
    return f"{position[0]:g}\N{NO-BREAK SPACE}m from the left, {position[1]:g}\N{NO-BREAK SPACE}m from the bottom{height}"


def _qr(text: str) -> tuple[str, int]:
    matrix = segno.make(text, micro=False, error="m").matrix
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return "".join(squares), len(matrix)
