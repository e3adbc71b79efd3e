"""A push service on loopback, standing for the browser vendor's: RFC 8030's door, RFC 8292's check, one mailbox a phone."""

import json
from base64 import urlsafe_b64decode
from secrets import token_urlsafe

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.clock import Clock
from protocol.instants import DAY, SECOND, Instant

MAX_BODY = 4096


class PushService:
    """Takes pushes over HTTP; phones fetch them from their mailbox."""

    def __init__(self, clock: Clock, origin: str) -> None:
        self._clock = clock
        self._mailboxes: dict[str, list[bytes]] = {}
        self._topics: dict[str, dict[str, bytes]] = {}
        self.app = Starlette(routes=[Route("/push/{token}", self._push, methods=["POST"])])
        self.origin = origin

    def subscribe(self) -> tuple[str, list[bytes]]:
        """Return a new endpoint and its mailbox: messages in the order in which they came."""
        token = token_urlsafe(16)
        self._mailboxes[token], self._topics[token] = [], {}
        return f"{self.origin}/push/{token}", self._mailboxes[token]

    async def _push(self, request: Request) -> Response:
        mailbox = self._mailboxes.get(request.path_params["token"])
        if mailbox is None:
            return Response(status_code=410)
        if not authorized(request.headers.get("authorization", ""), self.origin, self._clock.now()):
            return Response(status_code=403)
        if "ttl" not in request.headers or request.headers.get("content-encoding") != "aes128gcm":
            return Response(status_code=400)
        body = await request.body()
        if len(body) > MAX_BODY:
            return Response(status_code=413)
        self._keep(request.path_params["token"], request.headers.get("topic", ""), body)
        return Response(status_code=201, headers={"location": f"{self.origin}/message"})

    def _keep(self, token: str, topic: str, body: bytes) -> None:
        mailbox, topics = self._mailboxes[token], self._topics[token]
        if topic and (before := topics.get(topic)) in mailbox:
            mailbox.remove(before)  # RFC 8030, 5.4: not yet fetched, so replaced
        topics[topic] = body
        mailbox.append(body)


def authorized(header: str, audience: str, now: Instant) -> bool:
    """Check a VAPID header: `vapid t=<JWT, ES256>, k=<public key>` (RFC 8292, 2 and 3)."""
    scheme, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme.lower() != "vapid" or not parts.keys() >= {"t", "k"}:
        return False
    try:
        signed, _, signature = parts["t"].rpartition(".")
        claims = json.loads(_raw(signed.split(".")[1]))
        raw = _raw(signature)
        r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(parts["k"]))
        key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    except (ValueError, IndexError, InvalidSignature):
        return False
    expires_at = int(claims.get("exp", 0)) * SECOND
    return claims.get("aud") == audience and now < expires_at <= now + DAY


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
