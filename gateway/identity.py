"""By which certificate this gateway comes in: that of its enrolment, or one renewed since, kept beside the spool.

A renewed one is on trial until the broker has let it in; the one before stays where it is until then. Key and certificate lie in
one file, so that there is never one without the other.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gateway.certificate import Certificate
from gateway.errors import BrokerFault
from gateway.link import Connect, Link, Will
from gateway.settings import BrokerSettings
from gateway.whole_file import move_whole, write_whole

RENEWED, TRIAL, DRAFT = "renewed.pem", "renewing.pem", "renewing.key"
"""The renewed certificate with its key; the next one, on trial; the key of one that was asked for."""

log = logging.getLogger(__name__)


class Identity:
    """What lies in the folder, and who is let in by it."""

    def __init__(self, broker: BrokerSettings, folder: Path, connect: Connect) -> None:
        self._broker, self._folder, self._connect = broker, folder, connect
        self.fault: str | None = None
        """Why the latest renewed certificate was given up."""
        self._trial_failed: str | None = None
        self.trial = (folder / TRIAL).exists()
        self.broker, self.certificate = self._in_force()

    @property
    def draft(self) -> Path:
        """Where the key lies that is to be certified next."""
        return self._folder / DRAFT

    def put_on_trial(self, key_and_certificate: bytes) -> None:
        """Keep a renewed certificate; the next connection tries it. Raises OSError."""
        write_whole(self._folder / TRIAL, key_and_certificate)
        self.trial, self._trial_failed = True, None

    @asynccontextmanager
    async def connect(
        self, _broker: BrokerSettings, client_id: str, will: Will, topics: Sequence[str]
    ) -> AsyncIterator[Link]:
        """Connect by the certificate on trial, or by the one before where that failed (gateway.link.Connect)."""
        trying = self.trial and self._trial_failed is None
        broker = _by(self._broker, self._folder / TRIAL) if trying else self.broker
        async with AsyncExitStack() as stack:
            try:
                link = await stack.enter_async_context(self._connect(broker, client_id, will, topics))
            except BrokerFault as fault:
                self._trial_failed = str(fault) if trying else None
                raise
            if self.trial:
                self._adopt() if trying else self._give_up()
            yield link

    def _adopt(self) -> None:
        try:
            move_whole(self._folder / TRIAL, self._folder / RENEWED)
        except OSError as fault:
            # Tried anew after the next start, which is as good.
            self.fault = f"the renewed one is used, but could not be kept: {fault.strerror}"
            log.error("certificate: %s", self.fault)
            return
        self.trial, self.fault = False, None
        self.broker, self.certificate = self._in_force()
        self.draft.unlink(missing_ok=True)
        log.info("certificate: in with the renewed one, good until %s", self.certificate.last_day)

    def _give_up(self) -> None:
        """Forget the one on trial: it was not let in where the one before was."""
        self.fault = f"a renewed one was not let in: {self._trial_failed}"
        log.error("certificate: %s", self.fault)
        (self._folder / TRIAL).unlink(missing_ok=True)
        self.draft.unlink(missing_ok=True)  # another try is with another key
        self.trial, self._trial_failed = False, None

    def _in_force(self) -> tuple[BrokerSettings, Certificate]:
        """Return the later of both: who enrolled this machine anew had a reason."""
        path = self._folder / RENEWED
        enrolled = Certificate(self._broker.cert_file or path)
        if self._broker.tls and path.exists() and (renewed := Certificate(path)).began_at > enrolled.began_at:
            return _by(self._broker, path), renewed
        return self._broker, enrolled


def identity_of(broker: BrokerSettings, folder: Path, connect: Connect) -> Identity | None:
    """Return who this gateway is by certificate; None where it goes by a password."""
    return None if broker.cert_file is None else Identity(broker, folder, connect)


def _by(broker: BrokerSettings, path: Path) -> BrokerSettings:
    return replace(broker, cert_file=path, key_file=path)
