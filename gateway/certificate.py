"""How long this gateway's certificate lasts: when to renew it, and what to say where that did not happen (RFC 5280)."""

from pathlib import Path

from cryptography import x509

from protocol.instants import DAY, SECOND, Instant, format_instant

WARN_MS = 30 * DAY
"""Time for somebody to pass by the shop, after months in which it was not renewed."""
SPREAD = 1_000
"""Steps of the jitter, by the serial number: gateways enrolled in one afternoon do not ask in one."""


class Certificate:
    """A certificate as it lay on the disk when this was made."""

    def __init__(self, path: Path) -> None:
        self._fault: str | None = None
        self.found: x509.Certificate | None = None
        self.began_at: Instant = 0
        self.runs_out_at: Instant | None = None
        try:
            self.found = x509.load_pem_x509_certificate(path.read_bytes())
            self.began_at = round(self.found.not_valid_before_utc.timestamp()) * SECOND
            self.runs_out_at = round(self.found.not_valid_after_utc.timestamp()) * SECOND
        except (OSError, ValueError) as fault:
            self._fault = f"a certificate as PEM in {path} expected: {fault}"

    @property
    def last_day(self) -> str:
        return "" if self.runs_out_at is None else format_instant(self.runs_out_at)[:10]

    @property
    def due_at(self) -> Instant | None:
        """Return when to renew it: after two thirds of its life, or up to a twelfth later."""
        if self.found is None or self.runs_out_at is None:
            return None
        life = self.runs_out_at - self.began_at
        return self.began_at + life * 2 // 3 + life // 12 * (self.found.serial_number % SPREAD) // SPREAD

    def fault(self, now: Instant) -> str | None:
        """Say that it is none, or runs out within WARN_MS, or has run out, by true time; None where it lasts longer."""
        if self.runs_out_at is None or now < self.runs_out_at - WARN_MS:
            return self._fault
        verb = "runs" if now < self.runs_out_at else "ran"
        return f"{verb} out on {self.last_day}: enrol this gateway again"
