"""Twelve injected faults, two of them double: the campaign's page names the cause within a minute, each is told once and back once."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import sub

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import SQLModel

from protocol.instants import SECOND, Instant
from store_server.db.session import open_database, writing
from store_server.db.tables import Budget, Gateway, PlanRevision, Presence
from store_server.fleet.alerts import Alerts, Telling
from store_server.fleet.apprise_services import AppriseServices
from store_server.web.console.router import console_router
from store_server.web.design.language import Language
from tests.fakes.clock import ManualClock
from tests.store_server.fleet.receiver import Receiver, open_receiver
from tests.store_server.shop import HELP, OPENING, PLAN, UUID, furnish, read_rows, revision

WITHIN_S = 60
LONGER_S = 180
"""Long enough for a second message to come, if there were one; what is well again for a minute is back."""
TRUSTED = HELP + "trust: corroborated\nlimits: {total: 5}\n"
GREETING = """
version: 1
id: greeting
name: Greeting
status: live
stores: [milan]
trigger: {on: enter, zone: entrance}
message: {en: {title: Hello, body: "Good to see you."}}
"""


class Chain:
    """A store that speaks as a test says, watched every ten seconds by the real tick, read on the real pages."""

    def __init__(self, path: Path, receiver: Receiver) -> None:
        furnish(path, [TRUSTED, GREETING])
        self.path, self.receiver, self.clock = path, receiver, ManualClock(OPENING)
        self.engine: Engine = open_database(path)
        self.alerts = Alerts(self.engine, Telling(AppriseServices([receiver.url]), Language("en")))
        self.hears = {11: ("gw-entrance",), 12: ("gw-shoes", "gw-entrance")}
        self.says: dict[str, str] = {}
        self.mute: set[str] = set()
        self.revisions = 1
        self.http: httpx.AsyncClient | None = None

    async def live(self, seconds: int) -> list[str]:
        """Let time pass; return the titles that came to the operator."""
        before = len(self.receiver.taken)
        for _ in range(seconds // 10):
            self.clock.go(self.clock.now() + 10 * SECOND)
            self._speak(self.clock.now())
            await self.alerts.look(self.clock.now())
        return self.receiver.titles[before:]

    def write(self, *rows: SQLModel) -> None:
        with writing(self.engine) as session:
            for row in rows:
                session.merge(row)

    def plan(self, text: str) -> None:
        self.revisions += 1
        row = PlanRevision(
            store="milan", revision=self.revisions, text=text, applied_at=OPENING, applied_by="test"
        )
        self.write(row)

    async def read(self, campaign: str) -> str:
        """Return a campaign's page as text."""
        assert self.http is not None
        answer = await self.http.get(f"/console/campaigns/{campaign}", headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        return " ".join(unescape(sub(r"<[^>]*>", " ", answer.text)).split())

    def _speak(self, now: Instant) -> None:
        rows: list[SQLModel] = []
        for name in {"gw-entrance", "gw-shoes"} - self.mute:
            said = self.says.get(name, "online")
            # Its last will and its radio's death are its own words; then it hears nothing any more.
            heard = now if said == "online" else None
            rows.append(Gateway(store="milan", id=name, status=said, status_at=OPENING, presence_at=heard))
        for minor, gateways in self.hears.items():
            deaf = self.mute | set(self.says)
            rows += [_heard(name, minor, now) for name in gateways if name not in deaf]
        self.write(*rows)


def _heard(gateway: str, minor: int, now: Instant) -> Presence:
    return Presence(
        store="milan",
        gateway=gateway,
        uuid=UUID,
        major=1,
        minor=minor,
        state="present",
        changed_at=OPENING,
        first_at=OPENING,
        last_at=now,
        rssi_dbm=-60,
        measured_power_dbm=-59,
        frames=9,
        learned_at=now,
    )


@dataclass(frozen=True)
class Fault:
    """What breaks, what the page of a campaign then names, how many faults that is, and what mends it."""

    breaks: Callable[[Chain], None]
    mends: Callable[[Chain], None]
    named: tuple[str, ...]
    campaign: str = "help"
    alerts: int = 1


def without(part: str) -> str:
    lines = [line for line in PLAN.splitlines() if part not in line]
    return "\n".join(lines).replace("beacons:\ntags", "tags").replace("gateways:\n\n", "")


def silence_beacon(chain: Chain) -> None:
    chain.hears[12] = ()


def hear_again(chain: Chain) -> None:
    chain.hears[12] = ("gw-shoes", "gw-entrance")


def speak(chain: Chain) -> None:
    chain.mute.clear()
    chain.says.clear()


def spend(chain: Chain) -> None:
    chain.write(Budget(campaign="help", used=5))


def refund(chain: Chain) -> None:
    chain.write(Budget(campaign="help", used=0))


def both(*steps: Callable[[Chain], None]) -> Callable[[Chain], None]:
    def do(chain: Chain) -> None:
        for step in steps:
            step(chain)

    return do


FAULTS = {
    "gateway-stopped": Fault(lambda c: c.mute.add("gw-shoes"), speak, ("gateway gw-shoes silent since",)),
    "gateway-lost-its-line": Fault(
        lambda c: c.says.update({"gw-shoes": "offline"}), speak, ("gateway gw-shoes offline since",)
    ),
    "radio-dead": Fault(
        lambda c: c.says.update({"gw-shoes": "radio-dead"}), speak, ("gateway gw-shoes: radio dead since",)
    ),
    "beacon-silent": Fault(silence_beacon, hear_again, ("beacon SHOES-1 silent since",)),
    "broker-away": Fault(
        lambda c: c.mute.update({"gw-shoes", "gw-entrance"}),
        speak,
        ("gateway gw-shoes silent since",),
        alerts=2,
    ),
    "zone-gone": Fault(
        lambda c: c.plan(PLAN.replace("id: shoes,", "id: boots,").replace("zone: shoes", "zone: boots")),
        lambda c: c.plan(PLAN),
        ("there is no zone shoes in this store",),
    ),
    "zone-without-beacon": Fault(
        lambda c: c.plan(without("SHOES-1")), lambda c: c.plan(PLAN), ("zone Shoes has no beacon",)
    ),
    "zone-without-gateway": Fault(
        lambda c: c.plan(without("id: gw-shoes")), lambda c: c.plan(PLAN), ("zone Shoes has no gateway",)
    ),
    "gateway-in-another-zone": Fault(
        lambda c: c.plan(PLAN.replace("gw-shoes, zone: shoes", "gw-shoes, zone: entrance")),
        lambda c: c.plan(PLAN),
        ("zone Shoes has no gateway",),
    ),
    "budget-used-up": Fault(spend, refund, ("its budget is used up",)),
    "gateway-and-beacon": Fault(
        both(lambda c: c.mute.add("gw-shoes"), silence_beacon),
        both(speak, hear_again),
        ("gateway gw-shoes silent since", "beacon SHOES-1 silent since"),
        alerts=2,
    ),
    "radio-and-budget": Fault(
        both(lambda c: c.says.update({"gw-shoes": "radio-dead"}), spend),
        both(speak, refund),
        ("gateway gw-shoes: radio dead since", "its budget is used up"),
        alerts=2,
    ),
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as server:
        yield server


@pytest.fixture
async def chain(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Chain]:
    chain = Chain(tmp_path / "aislecue.db", receiver)
    app = FastAPI()
    app.include_router(console_router(chain.engine, chain.clock))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as chain.http:
        assert await chain.live(120) == []
        yield chain
    chain.engine.dispose()


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_named_within_a_minute_told_once_and_back_once(chain: Chain, name: str) -> None:
    fault = FAULTS[name]
    assert "Cannot fire" not in await chain.read(fault.campaign)

    fault.breaks(chain)
    await chain.live(WITHIN_S)
    page = await chain.read(fault.campaign)
    assert "Cannot fire" in page
    assert [one for one in fault.named if one not in page] == []
    assert "Cannot fire" not in await chain.read("greeting") or name == "broker-away"
    await chain.live(LONGER_S)
    told = read_rows(chain.path, "SELECT count(*), count(broken_told_at), count(back_at) FROM alert")
    assert told == [(fault.alerts, fault.alerts, 0)]

    fault.mends(chain)
    await chain.live(LONGER_S)
    assert "Cannot fire" not in await chain.read(fault.campaign)
    told = read_rows(chain.path, "SELECT count(*), count(broken_told_at), count(back_told_at) FROM alert")
    assert told == [(fault.alerts, fault.alerts, fault.alerts)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("status: live", "status: paused"), "Paused"),
        (("status: live", "status: ended"), "Ended"),
        (("status: live", "status: live\nschedule: {ends: 2026-10-01}"), "its last day has passed"),
    ],
)
async def test_what_a_person_has_decided_is_said_and_alarms_nobody(
    chain: Chain, change: tuple[str, str], named: str
) -> None:
    chain.write(revision(TRUSTED.replace(*change), 2))
    await chain.live(WITHIN_S)
    assert named in await chain.read("help")
    await chain.live(LONGER_S)
    assert chain.receiver.taken == []
