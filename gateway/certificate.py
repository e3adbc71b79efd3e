"""When this gateway's certificate runs out, said while there is time to enrol it again (RFC 5280)."""

from pathlib import Path

from cryptography import x509

from protocol.instants import DAY, SECOND, Instant, format_instant

WARN_MS = 30 * DAY
"""Time for somebody to pass by the shop."""


class Certificate:
    """A certificate as it lay on the disk when this was made; whoever enrols anew starts the gateway anew."""

    def __init__(self, path: Path) -> None:
        self._fault: str | None = None
        self.runs_out_at: Instant | None = None
        try:
            found = x509.load_pem_x509_certificate(path.read_bytes())
            self.runs_out_at = round(found.not_valid_after_utc.timestamp()) * SECOND
        except (OSError, ValueError) as fault:
            self._fault = f"a certificate as PEM in {path} expected: {fault}"

    @property
    def last_day(self) -> str:
        return "" if self.runs_out_at is None else format_instant(self.runs_out_at)[:10]

    def fault(self, now: Instant) -> str | None:
        """Say that it is none, or runs out within WARN_MS, or has run out, by true time; None where it lasts longer."""
        if self.runs_out_at is None or now < self.runs_out_at - WARN_MS:
            return self._fault
        verb = "runs" if now < self.runs_out_at else "ran"
        return f"{verb} out on {self.last_day}: enrol this gateway again"
