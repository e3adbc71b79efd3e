"""The certificate renews itself: a new key made here, signed for by the present one, asked for over MQTT (SPEC 7; protocol.renewal)."""

import asyncio
import logging
from random import Random

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.clock import TrueTime
from gateway.errors import EnrolmentFault
from gateway.identity import Identity
from gateway.uplink import Uplink
from gateway.waiting import event_or_instant
from gateway.whole_file import write_whole
from protocol.clock import Clock
from protocol.instants import DAY, HOUR, MINUTE, SECOND, Instant, format_instant
from protocol.messages import CertificateHealth, WireInstant, decode, encode
from protocol.renewal import Renewal, Renewed, renewal_bytes, to_text
from protocol.topics import Leaf

LOOK_EVERY_MS: Instant = 1 * HOUR
"""Four months are left when it is due: an hour is soon."""
AGAIN_MS = (1 * MINUTE, 6 * HOUR)
"""First and longest wait for an answer; half to one and a half times as long at random."""
CONNECTED_EVERY_MS: Instant = 5 * SECOND
"""How often it looks for a connection to ask over; what is asked without one would cost the wait for an answer."""
UNANSWERED_MS: Instant = 1 * DAY
"""A server that is updated or a line that is down for a night is no fault of the certificate."""

log = logging.getLogger(__name__)


class CertificateRenewal:
    """Asks when it is time, and has the uplink come in anew once there is an answer; `run` lasts until cancelled."""

    def __init__(
        self, identity: Identity, uplink: Uplink, clock: Clock, true_time: TrueTime, random: Random
    ) -> None:
        self._identity, self._uplink, self._clock = identity, uplink, clock
        self._true_time, self._random = true_time, random
        self._answer: Renewed | None = None
        self._answered = asyncio.Event()
        self._asked_at: Instant | None = None
        """Since when it has been asked for, by true time."""
        self._refused: str | None = None

    def take(self, payload: bytes) -> None:
        """Take the server's answer. Raises BadMessage."""
        self._answer = decode(Renewed, payload)
        self._answered.set()

    def fault(self, now: Instant) -> str | None:
        """Say, by true time, why there is no renewed one although it is time."""
        if self._refused is not None:
            return f"not renewed: {self._refused}"
        if self._asked_at is not None and now - self._asked_at >= UNANSWERED_MS:
            return f"not renewed: no answer of the server since {format_instant(self._asked_at)[:10]}"
        return self._identity.fault

    def health(self) -> CertificateHealth:
        certificate = self._identity.certificate
        due_at, runs_out_at = certificate.due_at, certificate.runs_out_at
        return CertificateHealth(
            runs_out_at=None if runs_out_at is None else WireInstant(runs_out_at),
            renews_at=None if due_at is None else WireInstant(due_at),
            state="on-trial" if self._identity.trial else "asking" if self._asked_at is not None else "good",
        )

    async def run(self) -> None:
        wait_ms = AGAIN_MS[0]
        while True:
            now = self._now()
            due_at = self._identity.certificate.due_at
            if due_at is None or self._identity.trial or now < due_at:
                wait_ms = AGAIN_MS[0]
                left_ms = LOOK_EVERY_MS if due_at is None or now >= due_at else due_at - now
                await self._clock.sleep_until(self._clock.now() + min(left_ms, LOOK_EVERY_MS))
                continue
            if not self._uplink.connected:
                await self._clock.sleep_until(self._clock.now() + CONNECTED_EVERY_MS)
                continue
            self._ask(now)
            until = self._clock.now() + round(wait_ms * self._random.uniform(0.5, 1.5))
            if await event_or_instant(self._answered, self._clock, until) and self._use():
                continue
            await self._clock.sleep_until(until)
            wait_ms = min(wait_ms * 2, AGAIN_MS[1])

    def _now(self) -> Instant:
        # An unset clock asks too late or too early, and the server knows better; one that never asks runs out.
        return self._clock.now() + (self._true_time.offset_ms() or 0)

    def _ask(self, now: Instant) -> None:
        self._answered.clear()
        try:
            request = self._request()  # a few files, once in eight months: not worth a thread
        except (OSError, ValueError) as fault:
            self._refuse(f"a key cannot be made or used here: {fault}")
            return
        if self._uplink.say(Leaf.RENEWAL, encode(request)) and self._asked_at is None:
            self._asked_at = now
            log.info("certificate: runs out on %s, renewal asked for", self._identity.certificate.last_day)

    def _request(self) -> Renewal:
        """Return the request; the new key is kept until it is certified, so that asking again asks for the same."""
        identity = self._identity
        if not identity.draft.exists():
            fresh = ec.generate_private_key(ec.SECP256R1())
            write_whole(
                identity.draft, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
        new = _key(identity.draft.read_bytes())
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(new, SHA256())
        text = csr.public_bytes(Encoding.PEM).decode()
        present = identity.broker
        if present.key_file is None or identity.certificate.found is None:
            raise ValueError("a certificate and its key expected")
        signature = _key(present.key_file.read_bytes()).sign(renewal_bytes(text), ec.ECDSA(SHA256()))
        pem = identity.certificate.found.public_bytes(Encoding.PEM).decode()
        return Renewal(certificate=pem, csr=text, signature=to_text(signature))

    def _use(self) -> bool:
        """Put what came on trial; return whether it was a certificate of ours."""
        answer = self._answer or Renewed(refused="an answer expected")
        if answer.certificate is None:
            self._refuse(answer.refused or "no reason given")
            return False
        try:
            self._put_on_trial(answer.certificate)
        except (OSError, ValueError, EnrolmentFault) as fault:
            self._refuse(str(fault))
            return False
        log.info("certificate: renewed; coming in with it")
        self._refused = self._asked_at = None
        self._uplink.come_in_anew("the certificate was renewed")
        return True

    def _put_on_trial(self, pem: str) -> None:
        draft = self._identity.draft.read_bytes()
        self._verify(x509.load_pem_x509_certificate(pem.encode()), _key(draft))
        self._identity.put_on_trial(draft + pem.encode())

    def _verify(self, renewed: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        present, ca_file = self._identity.certificate.found, self._identity.broker.ca_file
        if present is None or ca_file is None or renewed.public_key() != key.public_key():
            raise EnrolmentFault("a certificate of this gateway's new key expected, got another's")
        if renewed.subject != present.subject:
            raise EnrolmentFault(f"a certificate of {present.subject.rfc4514_string()} expected")
        for authority in x509.load_pem_x509_certificates(ca_file.read_bytes()):
            try:
                return renewed.verify_directly_issued_by(authority)
            except (ValueError, TypeError, InvalidSignature):
                continue
        raise EnrolmentFault(f"a certificate signed by an authority of {ca_file} expected")

    def _refuse(self, why: str) -> None:
        if why != self._refused:
            log.error("certificate: not renewed: %s", why)
        self._refused = why


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("a P-256 key expected, got another kind")
    return key
