"""A store whose gateways, beacons, phones and push service speak as a test says, on a real database; time goes by hand."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

from protocol.instants import SECOND, Instant
from store_server.db.session import open_database, writing
from store_server.db.tables import Gateway, PlanRevision, Presence
from store_server.delivery.answer import Accepted, Answer
from store_server.delivery.providers import note_providers
from store_server.fleet.alerts import PLAIN, Alerts, Telling, Watching
from store_server.fleet.apprise_services import AppriseServices
from store_server.fleet.wording import Speaker
from store_server.parts import BROKER, LOST, WELL, Part, note_part
from store_server.web.api.phones import TAKEN, PhoneCounts
from store_server.web.design.language import Language
from tests.fakes.clock import ManualClock
from tests.store_server.fleet.receiver import Receiver
from tests.store_server.shop import ENTRANCE, OPENING, SHOES, UUID, furnish

GATEWAYS = ("gw-entrance", "gw-shoes")
STEP_MS: Instant = 10 * SECOND
PHONES = 5
PUSH_SERVICE = "push.example"

AT_HOME = {("gw-shoes", SHOES): -60, ("gw-entrance", SHOES): -75, ("gw-entrance", ENTRANCE): -58}
"""Who hears which beacon, and how strongly."""


class Floor:
    """Speaks at every step; what a test changes is what breaks."""

    def __init__(self, path: Path, campaigns: Sequence[str] = ()) -> None:
        furnish(path, campaigns)
        self.path, self.clock, self.database = path, ManualClock(OPENING), open_database(path)
        self.hears = dict(AT_HOME)
        self.mute: set[str] = set()
        self.says: dict[str, str] = {}
        self.clock_off: set[str] = set()
        self.spool_full: set[str] = set()
        self.broker: str | None = None
        self.push: Answer = Accepted()
        self.uploads = TAKEN
        self._counts = PhoneCounts()
        self._plans = 1
        self._since = OPENING

    @property
    def now(self) -> Instant:
        return self.clock.now()

    def step(self, span_ms: Instant = STEP_MS) -> None:
        """Let time pass, then let everybody speak."""
        self.clock.go(self.now + span_ms)
        rows: list[SQLModel] = [self._spoken(name) for name in GATEWAYS if name not in self.mute]
        rows += [_heard(*key, rssi, self.now) for key, rssi in self.hears.items() if self._hears(key[0])]
        broker = Part(BROKER, "server-1")
        with writing(self.database) as session:  # one commit a step: it waits for the disk
            for row in rows:
                session.merge(row)
            note_part(session, broker, LOST if self.broker else WELL, self.broker or "", self.now)
            note_providers(session, [(PUSH_SERVICE, self.push)], self.now)
            for phone in range(PHONES):
                self._counts.note(f"phone-{phone}", self.uploads, self.now)
            self._counts.keep(session, "server-1", self.now)

    def write(self, *rows: SQLModel) -> None:
        with writing(self.database) as session:
            for row in rows:
                session.merge(row)

    def plan(self, text: str) -> None:
        """Apply a plan."""
        self._plans += 1
        row = PlanRevision(
            store="milan", revision=self._plans, text=text, applied_at=self.now, applied_by="test"
        )
        self.write(row)

    def _hears(self, gateway: str) -> bool:
        return gateway not in self.mute and gateway not in self.says

    def _spoken(self, name: str) -> Gateway:
        said = self.says.get(name, "online")
        row = Gateway(store="milan", id=name, status=said, status_at=self._since)
        # Its last will and its radio's death are its own words; then it hears nothing any more.
        row.presence_at = self.now if said == "online" else None
        row.clock_off_since = OPENING if name in self.clock_off else None
        row.spool_full_since = OPENING if name in self.spool_full else None
        return row


class Watched(Floor):
    """A floor with the real tick and a real receiver of its messages."""

    def __init__(
        self, path: Path, receiver: Receiver, campaigns: Sequence[str] = (), watching: Watching = PLAIN
    ) -> None:
        super().__init__(path, campaigns)
        self.receiver, self.watching = receiver, watching
        self.every_step: list[Callable[[Engine, Instant], None]] = []
        self.speak_in(Language("en"))

    def speak_in(self, speaker: Speaker) -> None:
        """Watch by a process that has just started, and speak this language."""
        telling = Telling(AppriseServices([self.receiver.url]), speaker)
        self.alerts = Alerts(self.database, telling, self.watching)

    def restart(self) -> None:
        """Go on as another process on the same file."""
        self.database.dispose()
        self.database = open_database(self.path)
        self.speak_in(Language("en"))

    async def live(self, seconds: int) -> list[str]:
        """Let time pass, ten seconds at a time; return the titles that came."""
        before = len(self.receiver.taken)
        for _ in range(seconds * SECOND // STEP_MS):
            self.step()
            await self.alerts.look(self.now)
            for check in self.every_step:
                check(self.database, self.now)
        return self.receiver.titles[before:]


def _heard(gateway: str, minor: int, rssi_dbm: int, now: Instant) -> Presence:
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
        rssi_dbm=rssi_dbm,
        measured_power_dbm=-59,
        frames=9,
        learned_at=now,
    )
