"""A store plan -> every file to flash or install, as path -> content: the same plan gives the same bytes."""

from dataclasses import dataclass

from firmware_configs.beacons import Files, render_beacon, render_shared
from firmware_configs.gateway import Machine
from firmware_configs.kinds import VENDOR_CSV, Setting, beyond, setting_of
from firmware_configs.news import Device, devices_of
from firmware_configs.pi import render_pi
from firmware_configs.store import Hosts, render_store
from firmware_configs.vendor_csv import render_tables
from protocol.document import Document
from protocol.plan import StorePlan
from protocol.reading import settle

SHEET = "flash-sheet.html"


@dataclass(frozen=True, slots=True)
class Rendering:
    """All files of a store; `settings` are what the beacons were given."""

    files: Files
    settings: tuple[Setting, ...]
    devices: dict[str, Device]


def render(plan: StorePlan, document: Document, hosts: Hosts) -> Rendering:
    """Render everything but the flash sheet. Raises BadInput with the plan's lines where a kind cannot do what is asked."""
    settle(beyond(plan, document))
    settings = tuple(map(setting_of, plan.beacons))
    zone_names = {zone.id: zone.name for zone in plan.zones}
    files: Files = render_shared(settings)
    for setting in settings:
        files |= render_beacon(plan, zone_names[setting.beacon.zone], setting)
    bought = [(one, zone_names[one.beacon.zone]) for one in settings if one.kind is VENDOR_CSV]
    files |= render_tables(bought)
    machine = Machine(broker_host=hosts.broker)
    for place in plan.gateways:
        below = f"gateways/{place.id}"
        files |= {f"{below}/{path}": text for path, text in render_pi(plan, place.id, machine).items()}
    files |= {f"store/{path}": text for path, text in render_store(plan, hosts).items()}
    return Rendering(files, settings, devices_of(plan, settings, files))
