"""What is wrong with this gateway and what to do about it, in plain words (SPEC 6, gateway doctor)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from gateway.clock import kernel_synchronised
from gateway.errors import BrokerFault, GatewayError, RadioFault
from gateway.identity import Identity
from gateway.link import Will
from gateway.mqtt_session import open_session
from gateway.radio.port import Advertisement, Radio
from gateway.settings import Settings
from gateway.spool import Spool
from gateway.vitals import look
from protocol.instants import Instant, format_instant
from protocol.topics import Leaf

LISTEN_S = 12
"""A chip that filters doubles reports a beacon once in 10.5 s."""
LOW_DISK_MB = 200
"""The spool may grow to 64 MiB, its journal as much again."""

CERTIFICATE_ADVICE = (
    "`aislecue gateway code` on the server, `aislecue gateway enroll` here, then restart the gateway"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` is empty where all is well."""

    part: str
    ok: bool
    found: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{'ok ' if self.ok else 'FIX'}  {self.part:<11} {self.found}"
        return line if self.ok else f"{line}\n                -> {self.advice}"

    def as_json(self) -> dict[str, object]:
        return asdict(self)


async def examine(settings: Settings, radios: list[Radio], now: Instant) -> list[Finding]:
    """Look at disk, clock, certificate, broker and every adapter; each look ends within seconds."""
    findings = [*await look_around(settings, now), await _broker(settings)]
    return findings + [await examine_radio(radio) for radio in radios]


async def look_around(settings: Settings, now: Instant) -> list[Finding]:
    """Look at what can be looked at beside a running gateway: disk, clock, certificate."""
    return [await _disk(settings), _clock(), *_certificate(settings, now)]


async def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        spool = await Spool(folder / "doctor.db").open()
        await spool.close()
        for left in folder.glob("doctor.db*"):
            left.unlink()
    except (OSError, GatewayError) as fault:
        return Finding("disk", False, str(fault), f"make {folder} writable for the gateway's account")
    free_mb = look(folder).disk_free_mb
    if free_mb is not None and free_mb < LOW_DISK_MB:
        return Finding("disk", False, f"{free_mb:.0f} MB free in {folder}", f"free {LOW_DISK_MB} MB or more")
    return Finding("disk", True, f"{folder} is writable, {free_mb or 0:.0f} MB free")


def _clock() -> Finding:
    if kernel_synchronised():
        return Finding("clock", True, "set from the network")
    return Finding(
        "clock",
        False,
        "the kernel does not know the true time yet",
        "let NTP through (UDP 123) and check `timedatectl`; until then presence is sent marked as unsure",
    )


def _certificate(settings: Settings, now: Instant) -> list[Finding]:
    if settings.broker.cert_file is None:
        return []
    identity = _identity(settings)
    certificate = identity.certificate
    fault = certificate.fault(now)
    if fault is not None:
        return [Finding("certificate", False, fault, CERTIFICATE_ADVICE)]
    due_at = certificate.due_at or now
    if identity.trial:
        renewal = "a renewed one is on trial"
    else:
        renewal = f"renews itself {'from ' + format_instant(due_at)[:10] if now < due_at else 'now'}"
    return [Finding("certificate", True, f"good until {certificate.last_day}; {renewal}")]


def _identity(settings: Settings) -> Identity:
    return Identity(settings.broker, settings.data_dir, open_session)


async def _broker(settings: Settings) -> Finding:
    broker, address = _identity(settings).broker, settings.address
    where = f"{broker.host}:{broker.port}"
    will = Will(address.topic(Leaf.RESULT), b"")
    try:
        async with open_session(broker, f"{broker.user}-doctor", will, [address.topic(Leaf.ACK)]):
            return Finding("broker", True, f"{where} lets {broker.user} in")
    except BrokerFault as fault:
        return Finding("broker", False, f"{where}: {fault}", _broker_advice(str(fault)))


def _broker_advice(fault: str) -> str:
    if "refuses" in fault:
        return "check user and password file, or enrol this gateway again"
    if "certificate" in fault:
        return "check ca_file, cert_file and key_file; enrol this gateway again if they have run out"
    return "check the network cable, the broker's address in the settings, and that the broker runs"


async def examine_radio(radio: Radio) -> Finding:
    """Open one adapter and listen until it hears, for LISTEN_S at most."""
    heard: list[Advertisement] = []
    first = asyncio.Event()

    def hear(advertisement: Advertisement) -> None:
        heard.append(advertisement)
        first.set()

    try:
        await radio.open(hear)
        path = radio.scan_path
        await _within(first.wait, LISTEN_S)
    except RadioFault as fault:
        return Finding(radio.name, False, str(fault), _adapter_advice(str(fault)))
    finally:
        await radio.close()
    if heard:
        return Finding(radio.name, True, f"hears ({path} scan)")
    return Finding(
        radio.name,
        False,
        f"scans ({path}) but heard nothing in {LISTEN_S} s",
        "put a beacon beside it; if it stays deaf, `sudo systemctl restart bluetooth`, then another adapter",
    )


async def _within(wait: Callable[[], Awaitable[object]], limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await wait()
    except TimeoutError:
        return  # silence is a finding, not a fault


def _adapter_advice(fault: str) -> str:
    if "rfkill: hard" in fault:
        return "turn Bluetooth on by the machine's own switch or key, or in its firmware; no software can"
    if "rfkill: soft" in fault:
        return "run `sudo rfkill unblock bluetooth`"
    if "no adapter" in fault:
        return "plug the adapter in, or name the one BlueZ knows in `adapters` of the settings"
    if "powered off" in fault:
        return "run `bluetoothctl power on`"
    if "D-Bus" in fault or "bluetoothd" in fault:
        return (
            "run `sudo systemctl restart bluetooth`; is bluez installed and the account in group bluetooth?"
        )
    return "run `sudo systemctl restart bluetooth`; another program may be scanning"
