"""The configuration a server sends: believed only when signed, taken on trial, given up where it cuts us off (SPEC 7)."""

import base64
import binascii
import logging
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.whole_file import write_whole
from protocol.config import GatewayConfig, SignedConfig, signed_bytes
from protocol.errors import BadMessage
from protocol.instants import SECOND, Instant
from protocol.messages import decode
from protocol.topics import GatewayAddress

TRIAL_MS = 90 * SECOND
"""SPEC 7: back to the last good one if neither server nor radio is reached within this."""
LAST_GOOD_FILE = "config.json"
GIVEN_UP_FILE = "config-given-up.json"
"""The message that cut us off, as it came: another server's signature in it counts for nothing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds now; version 0 is the settings file."""

    version: int
    allowed_uuids: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Trial:
    """Since when a configuration has to prove itself, the message it came as, and what was before."""

    began_at: Instant
    payload: bytes
    before: InForce


class Configuration:
    """Holds what is in force; callers apply what `take` and `look` return."""

    def __init__(
        self, address: GatewayAddress, key: str, folder: Path, allowed_uuids: frozenset[str]
    ) -> None:
        self._address, self._folder = address, folder
        self._key = Ed25519PublicKey.from_public_bytes(_bytes(key))
        self._trial: _Trial | None = None
        self._given_up = 0
        """The newest version that cut us off; it stands retained at the broker and must not be tried at every start."""
        self.fault: str | None = None
        self.in_force = InForce(0, allowed_uuids)

    def load(self) -> InForce:
        """Return what was last known to be good: from the disk, or the settings file where there is nothing sound."""
        self.in_force = self._kept(LAST_GOOD_FILE) or self.in_force
        given_up = self._kept(GIVEN_UP_FILE)
        self._given_up = 0 if given_up is None else given_up.version
        return self.in_force

    def _kept(self, name: str) -> InForce | None:
        try:
            return self._read((self._folder / name).read_bytes())
        except FileNotFoundError:
            return None  # nothing was ever kept
        except (OSError, BadMessage) as fault:
            self.fault = f"{name} cannot be read: {fault}"
            log.warning("configuration: %s", self.fault)
            return None

    def take(self, payload: bytes, now: Instant) -> InForce | None:
        """Take a message on trial; None where it is in force already. Raises BadMessage."""
        try:
            config = self._read(payload)
            if config.version == self.in_force.version:
                self.fault = None
                return None
            if config.version < self.in_force.version:
                raise BadMessage(
                    "old_config", f"a version after {self.in_force.version} expected, got {config.version}"
                )
            if config.version <= self._given_up:
                raise BadMessage("given_up_config", f"version {config.version} cut this gateway off before")
        except BadMessage as fault:
            self.fault = str(fault)
            raise
        before = self._trial.before if self._trial is not None else self.in_force
        self._trial = _Trial(now, payload, before)
        self.in_force, self.fault = config, None
        log.info("configuration: version %d on trial", config.version)
        return config

    def look(self, now: Instant, server_at: Instant | None, heard_at: Instant | None) -> InForce | None:
        """Judge a trial by when server and radio were last reached; return what to go back to where it failed."""
        trial = self._trial
        if trial is None:
            return None
        if any(at is not None and at > trial.began_at for at in (server_at, heard_at)):
            self._trial = None
            self._keep(trial.payload, LAST_GOOD_FILE)
            log.info("configuration: version %d is good", self.in_force.version)
        elif now - trial.began_at >= TRIAL_MS:
            self._trial = None
            self._given_up = self.in_force.version
            self.fault = (
                f"version {self._given_up} reached neither server nor radio in {TRIAL_MS // SECOND} s"
            )
            log.warning("configuration: %s: back to version %d", self.fault, trial.before.version)
            self._keep(trial.payload, GIVEN_UP_FILE)
            self.in_force = trial.before
            return trial.before
        return None

    def _read(self, payload: bytes) -> InForce:
        """Return what a message says to this gateway. Raises BadMessage."""
        signed = decode(SignedConfig, payload)
        try:
            self._key.verify(_bytes(signed.signature), signed_bytes(signed.config))
        except (InvalidSignature, binascii.Error) as fault:
            raise BadMessage(
                "bad_signature", "a signature by the key pinned at enrolment expected"
            ) from fault
        config = decode(GatewayConfig, signed.config.encode())
        if (config.store, config.gateway) != self._address:
            raise BadMessage(
                "foreign_config", f"one for {self._address} expected, got {config.store}/{config.gateway}"
            )
        return InForce(config.version, frozenset(config.allowed_uuids))

    def _keep(self, payload: bytes, name: str) -> None:
        try:
            write_whole(self._folder / name, payload)
        except OSError as fault:
            # Counts all the same: after a restart the broker sends it again.
            self.fault = f"version {self.in_force.version} could not be kept: {fault.strerror}"
            log.warning("configuration: %s", self.fault)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
