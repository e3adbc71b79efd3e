"""A chain around the sample store: more stores, some of them not well, and a campaign with a past; for pages that one store has not."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

from protocol.instants import DAY, MINUTE, SECOND, Instant
from protocol.plan import read_plan
from store_server.db.session import open_database, writing
from store_server.db.tables import CampaignRevision, Gateway, PlanRevision, Presence, StorePlace
from tests.store_server.web.console.sample import CAMPAIGNS, NOW, PLAN, STORE, UUID, health


@dataclass(frozen=True, slots=True)
class Branch:
    """A store of the chain; `silent` gateways are counted from the first."""

    id: str
    name: str
    place: tuple[float, float]
    """Latitude and longitude, degrees."""
    timezone: str = "Europe/Rome"
    silent: int = 0

    def plan(self, number: int) -> str:
        """Return the sample store's plan under this name, with beacons of its own."""
        named = PLAN.replace(f"id: {STORE}, name: Milano Duomo", f"id: {self.id}, name: {self.name}")
        own = UUID.replace("8c18b6a9", f"8c18b6{number:02x}")
        return named.replace(UUID, own).replace("Europe/Rome", self.timezone)


BRANCHES = (
    Branch("torino-lingotto", "Torino Lingotto", (45.031, 7.665)),
    Branch("roma-eur", "Roma EUR", (41.834, 12.470), silent=1),
    Branch("verona-adige", "Verona Adige", (45.396, 10.974)),
    Branch("napoli-chiaia", "Napoli Chiaia", (40.833, 14.243), silent=4),
    Branch("london-camden", "London Camden", (51.539, -0.143), "Europe/London"),
)


def make_chain(made: Path, folder: Path) -> Path:
    """Copy the sample store's database and put the other stores in: gateways hear their beacons, or have fallen silent."""
    path = Path(shutil.copy(made, folder))
    engine = open_database(path)
    with writing(engine) as session:
        session.add(_place(STORE, 45.464, 9.191))
        for number, branch in enumerate(BRANCHES, 1):
            session.add_all(_branch(branch, number, NOW))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def add_past(engine: Engine, now: Instant) -> None:
    """Give a campaign an older revision, to compare and to go back to."""
    older = (
        CAMPAIGNS["shoes-help"].replace("after_s: 90", "after_s: 45").replace("priority: 80", "priority: 60")
    )
    with writing(engine) as session:
        session.add(
            CampaignRevision(
                campaign="shoes-help", revision=2, text=older, applied_at=now - 9 * DAY, applied_by="bruno"
            )
        )


def _place(store: str, latitude: float, longitude: float) -> StorePlace:
    return StorePlace(
        store=store, latitude=latitude, longitude=longitude, changed_at=NOW - DAY, changed_by="anna"
    )


def _branch(branch: Branch, number: int, now: Instant) -> list[SQLModel]:
    text = branch.plan(number)
    plan = read_plan(text, branch.id)
    found: list[SQLModel] = [
        PlanRevision(store=branch.id, revision=1, text=text, applied_at=now - 3 * DAY, applied_by="anna"),
        _place(branch.id, *branch.place),
    ]
    silent = {one.id for one in plan.gateways[: branch.silent]}
    for gateway in plan.gateways:
        last_at = now - 40 * MINUTE if gateway.id in silent else now - 4 * SECOND
        found.append(
            Gateway(
                store=branch.id,
                id=gateway.id,
                status="online",
                status_at=now - DAY,
                presence_at=last_at,
                silent_since=last_at if gateway.id in silent else None,
                health=health(last_at, 1800),
                health_at=last_at,
            )
        )
    hearer = plan.gateways[-1]
    last_at = now - 40 * MINUTE if hearer.id in silent else now - 3 * SECOND
    found += [
        Presence(
            store=branch.id,
            gateway=hearer.id,
            uuid=one.identity.uuid,
            major=one.identity.major,
            minor=one.identity.minor,
            state="present",
            changed_at=now - DAY,
            first_at=now - DAY,
            last_at=last_at,
            rssi_dbm=-68,
            measured_power_dbm=-59,
            frames=900,
            learned_at=last_at,
        )
        for one in plan.beacons
    ]
    return found
