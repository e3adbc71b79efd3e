"""A certificate renews itself: nobody comes to the shop, no message is lost, and what goes wrong is told. Virtual time, real files.

Behind the line stand the server's own authority and its rules of renewal.
"""

import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.certificate import Certificate
from gateway.doctor import examine
from gateway.errors import BrokerFault
from gateway.identity import DRAFT, RENEWED, TRIAL
from gateway.link import Incoming, Will
from gateway.renewal import LOOK_EVERY_MS, UNANSWERED_MS
from gateway.settings import BrokerSettings
from protocol.instants import DAY, HOUR, MINUTE, SECOND, Instant
from protocol.messages import CertificateHealth, decode, encode
from protocol.renewal import Renewal, Renewed
from protocol.topics import Leaf
from store_server.db.migrate import upgrade
from store_server.db.session import open_database, writing
from store_server.db.tables import GatewayCertificate
from store_server.fleet.authority import EARLY, GATEWAY_LIFE, Issued, open_authority
from store_server.fleet.enrolment import broker_user, revoke
from store_server.fleet.errors import BadRequest
from store_server.fleet.key_files import private_pem
from store_server.fleet.renewal import renew
from tests.fakes.clock import START, ManualClock
from tests.fakes.line import Connection, Line
from tests.gateway.line_rig import HERE, MBIT, Rig, running

pytestmark = pytest.mark.timeout(300)  # minutes of messages, each through a real spool

SOON_MS = 5 * MINUTE
ISSUED_AT = START + SOON_MS + EARLY - (GATEWAY_LIFE + EARLY) * 2 // 3
NO_JITTER = 1_000
"""Serial numbers that are multiples of this are due after exactly two thirds."""


class Door(Line):
    """A line with a broker behind it that looks at certificates, and a server that renews them."""

    def __init__(self, clock: ManualClock, folder: Path) -> None:
        super().__init__(clock, bytes_per_s=MBIT, delay_ms=40)
        self.clock, self.folder = clock, folder
        self.database = open_database(folder / "server.db")
        upgrade(self.database)
        self.authority = open_authority(folder, START)
        self.full = False
        """Nobody is let in any more."""
        self.shut: set[int] = set()
        """Serial numbers that are not let in."""
        self.came_in: list[int] = []
        self.asked: list[Renewal] = []
        self.reply: Callable[[Renewal], Renewed | None] = self.renewed

    @asynccontextmanager
    async def connect(
        self, broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str]
    ) -> AsyncIterator[Connection]:
        assert broker.cert_file is not None
        shown = x509.load_pem_x509_certificate(broker.cert_file.read_bytes())
        if self.full or shown.serial_number in self.shut or not self.authority.issued(shown):
            raise BrokerFault("the broker hung up")
        async with super().connect(broker, client_id, will, topics) as connection:
            self.came_in.append(shown.serial_number)
            assert HERE.topic(Leaf.CERTIFICATE) in topics
            yield connection

    def take(self, topic: str, payload: bytes) -> None:
        super().take(topic, payload)
        if topic == HERE.topic(Leaf.RENEWAL):
            self.asked.append(decode(Renewal, payload))
            if (answer := self.reply(self.asked[-1])) is not None:
                self.answer(answer)

    def answer(self, renewed: Renewed) -> None:
        assert self._connection is not None
        self._connection.inbox.put_nowait(Incoming(HERE.topic(Leaf.CERTIFICATE), encode(renewed)))

    def renewed(self, asked: Renewal) -> Renewed:
        try:
            with writing(self.database) as session:
                issued = renew(session, self.authority, HERE, asked, self.clock.now())
        except BadRequest as fault:
            return Renewed(refused=str(fault))
        return Renewed(certificate=issued.certificate)

    def enrol(self, folder: Path, at: Instant = ISSUED_AT, serial: int = NO_JITTER) -> BrokerSettings:
        """Put a certificate into a gateway's folder, as if it had been enrolled then."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = self.authority.sign_client(broker_user(HERE), key.public_key(), at, GATEWAY_LIFE, serial)
        self._know(issued, at)
        folder.mkdir(exist_ok=True)
        (folder / "gateway.key").write_bytes(private_pem(key))
        (folder / "gateway.pem").write_text(issued.certificate)
        (folder / "ca.pem").write_text(self.authority.pem)
        files = {"ca_file": "ca.pem", "cert_file": "gateway.pem", "key_file": "gateway.key"}
        paths = {name: folder / file for name, file in files.items()}
        return BrokerSettings("127.0.0.1", 8883, broker_user(HERE), **paths)  # type: ignore[arg-type]

    def _know(self, issued: Issued, at: Instant) -> None:
        row = GatewayCertificate(
            serial=issued.serial, store=HERE.store, gateway=HERE.gateway, issued_at=at, expires_at=issued.expires_at
        )  # fmt: skip
        with writing(self.database) as session:
            session.add(row)


class Shop:
    """A gateway's folders and the door; `rig` is one run of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.door = Door(self.clock, folder)
        self.data, self.settings = folder / "data", folder / "etc"
        self.broker = self.door.enrol(self.settings)

    def rig(self) -> Rig:
        return Rig(self.data, MBIT, 2, line=self.door, clock=self.clock, broker=self.broker)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.door.database.dispose()


async def pass_until_came_in(rig: Rig, shop: Shop, times: int) -> None:
    for _ in range(HOUR // SECOND):  # five answers that did not come make it wait for up to 48 minutes
        if len(shop.door.came_in) >= times:
            break
        await rig.pass_ms(SECOND)
    assert len(shop.door.came_in) == times
    await rig.pass_ms(5 * SECOND)


def asked_key(asked: Renewal) -> ec.EllipticCurvePublicKey:
    key = x509.load_pem_x509_csr(asked.csr.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def state(rig: Rig) -> str:
    assert rig.gateway._renewal is not None
    health = rig.gateway._renewal.health()
    assert isinstance(health, CertificateHealth)
    return health.state


async def test_it_renews_itself_when_it_is_due_and_no_message_is_lost(shop: Shop) -> None:
    async with running(shop.rig()) as rig:
        await rig.pass_ms(SOON_MS - 10 * SECOND, SECOND)
        assert (shop.door.asked, shop.door.came_in) == ([], [NO_JITTER])
        assert state(rig) == "good"
        await pass_until_came_in(rig, shop, 2)
        renewed = Certificate(shop.data / RENEWED)
        assert renewed.found is not None
        assert shop.door.came_in[-1] == renewed.found.serial_number
        assert renewed.began_at > ISSUED_AT
        assert renewed.runs_out_at is not None
        assert renewed.runs_out_at > START + GATEWAY_LIFE
        assert stat.S_IMODE((shop.data / RENEWED).stat().st_mode) == 0o600
        assert not (shop.data / DRAFT).exists()
        assert not (shop.data / TRIAL).exists()
        assert state(rig) == "good"
        assert rig.gateway.faults() == {}
        seqs = sorted({told.seq for _, told in rig.line.arrived})
        assert seqs == list(range(1, seqs[-1] + 1))
        assert max(rig.delays()) < 3 * SECOND, "presence waited for the change"
        assert b'"offline"' not in rig.line.said[Leaf.STATUS], "it was never away"
    async with running(shop.rig()) as rig:
        assert shop.door.came_in[-1] == renewed.found.serial_number, "after a restart the old one"


async def test_an_answer_that_does_not_come_is_asked_for_again_with_the_same_key_and_told_after_a_day(
    shop: Shop,
) -> None:
    shop.door.reply = lambda _: None
    async with running(shop.rig()) as rig:
        await rig.pass_ms(SOON_MS + 10 * MINUTE, SECOND)
        assert 3 <= len(shop.door.asked) <= 6, "waits double"
        assert len({asked_key(one).public_numbers() for one in shop.door.asked}) == 1
        assert state(rig) == "asking"
        assert rig.gateway._renewal is not None
        since = shop.clock.now()
        assert rig.gateway._renewal.fault(since) is None, "a night without a server is no fault"
        told = rig.gateway._renewal.fault(since + UNANSWERED_MS) or ""
        assert told.startswith("not renewed: no answer of the server since 2026-11-01")
        shop.door.reply = shop.door.renewed
        await pass_until_came_in(rig, shop, 2)
        assert state(rig) == "good"


async def test_a_renewed_one_that_is_not_let_in_is_given_up_for_the_one_before(shop: Shop) -> None:
    async with running(shop.rig()) as rig:

        def shut(asked: Renewal) -> Renewed:
            renewed = shop.door.renewed(asked)
            assert renewed.certificate is not None
            shop.door.shut.add(x509.load_pem_x509_certificate(renewed.certificate.encode()).serial_number)
            return renewed

        shop.door.reply = shut
        await pass_until_came_in(rig, shop, 2)
        assert shop.door.came_in == [NO_JITTER, NO_JITTER]
        assert "was not let in" in rig.gateway.faults()["certificate"]
        assert not (shop.data / RENEWED).exists()
        shop.door.reply = shop.door.renewed
        await rig.pass_ms(LOOK_EVERY_MS, 10 * SECOND)
        await pass_until_came_in(rig, shop, 3)
        first, second = map(asked_key, shop.door.asked)
        assert first != second, "the key that was not let in is not tried again"
        assert "certificate" not in rig.gateway.faults()


async def test_a_revoked_gateway_is_refused_and_says_so(shop: Shop) -> None:
    with writing(shop.door.database) as session:
        revoke(session, HERE, "anna", START)
    async with running(shop.rig()) as rig:
        await rig.pass_ms(SOON_MS + MINUTE, SECOND)
        assert rig.gateway.faults()["certificate"].startswith(
            "not renewed: a certificate that counts expected"
        )
        assert shop.door.came_in == [NO_JITTER]
        assert not (shop.data / RENEWED).exists()


async def test_a_certificate_that_is_not_ours_is_not_taken(shop: Shop, tmp_path: Path) -> None:
    ours, stranger = shop.door.authority, open_authority(tmp_path / "stranger", START)
    another = ec.generate_private_key(ec.SECP256R1()).public_key()
    forged = {
        "new key expected": lambda _: ours.sign_client(broker_user(HERE), another, START),
        "signed by an authority": lambda key: stranger.sign_client(broker_user(HERE), key, START),
        "CN=milan/gw-shoes expected": lambda key: ours.sign_client("milan/gw-entrance", key, START),
    }
    async with running(shop.rig()) as rig:
        await rig.pass_ms(SOON_MS - 10 * SECOND, SECOND)
        for why, forge in forged.items():
            before = len(shop.door.asked)
            shop.door.reply = lambda asked, forge=forge: Renewed(
                certificate=forge(asked_key(asked)).certificate
            )  # type: ignore[misc]
            while len(shop.door.asked) == before:
                await rig.pass_ms(SECOND)
            await rig.pass_ms(SECOND)
            assert why in rig.gateway.faults()["certificate"]
        assert shop.door.came_in == [NO_JITTER]
        assert not (shop.data / TRIAL).exists()


async def test_one_that_was_cut_off_while_it_was_tried_tries_it_again(shop: Shop) -> None:
    async with running(shop.rig()) as rig:
        await rig.pass_ms(SOON_MS - 10 * SECOND, SECOND)
        shop.door.full = True
        await rig.pass_ms(30 * SECOND)
        assert state(rig) == "on-trial"
        assert (shop.data / TRIAL).exists()
    shop.door.full = False
    async with running(shop.rig()) as rig:
        await rig.pass_ms(5 * SECOND)
        assert shop.door.came_in[-1] != NO_JITTER
        assert state(rig) == "good"


async def test_who_enrols_anew_is_believed_over_what_was_renewed(shop: Shop) -> None:
    async with running(shop.rig()) as rig:
        await pass_until_came_in(rig, shop, 2)
    shop.broker = shop.door.enrol(shop.settings, shop.clock.now() + DAY, 2 * NO_JITTER)
    async with running(shop.rig()):
        assert shop.door.came_in[-1] == 2 * NO_JITTER


async def test_the_doctor_says_when_it_renews_itself(shop: Shop) -> None:
    rig = shop.rig()
    settings = rig.gateway.settings
    found = {one.part: one for one in await examine(settings, [], START)}
    assert found["certificate"].found == "good until 2027-03-03; renews itself from 2026-11-01"
    async with running(rig):
        await pass_until_came_in(rig, shop, 2)
    found = {one.part: one for one in await examine(settings, [], START)}
    assert found["certificate"].found.startswith("good until 2027-11-01; renews itself from 2027-0")


def test_gateways_of_one_afternoon_do_not_ask_in_one(shop: Shop) -> None:
    due = []
    for serial in range(1, 200):
        shop.door.enrol(shop.settings, START, serial * 7919)
        due.append(Certificate(shop.settings / "gateway.pem").due_at or 0)
    assert min(due) >= START + GATEWAY_LIFE * 2 // 3 - DAY
    assert max(due) <= START + GATEWAY_LIFE * 3 // 4
    assert max(due) - min(due) > 25 * DAY
    assert len({at // HOUR for at in due}) > 100
