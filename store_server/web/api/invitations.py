"""An invitation binds a new install to a shopper that the retailer already knows: signed, short-lived, nothing kept."""

import hmac
from hashlib import sha256
from secrets import token_hex

from sqlmodel import Session

from protocol.instants import MINUTE, Instant
from store_server.db.tables import ServerKey
from store_server.delivery.encryption import from_base64url, to_base64url
from store_server.web.api.problems import Refused

LIFETIME = 15 * MINUTE
"""From the retailer's log-in to the app's install: seconds; minutes where the network is bad."""
KEY_NAME = "invitations"


def make_invitation(session: Session, shopper: str, now: Instant) -> str:
    """Return an invitation for this shopper, valid for 15 minutes."""
    claim = f"{now + LIFETIME}:{shopper}".encode()
    return f"{to_base64url(claim)}.{to_base64url(_sign(session, claim, now))}"


def open_invitation(session: Session, invitation: str, now: Instant) -> str:
    """Return whose it is. Raises Refused (422)."""
    try:
        claim, signature = (from_base64url(part) for part in invitation.split("."))
    except ValueError as fault:
        raise Refused(
            422, "An invitation as PUT /v1/shoppers gives is expected.", field="invitation"
        ) from fault
    if not hmac.compare_digest(signature, _sign(session, claim, now)):
        raise Refused(422, "This invitation was not made by this server.", field="invitation")
    valid_until, _, shopper = claim.decode().partition(":")
    if now >= int(valid_until):
        raise Refused(
            422, "This invitation has expired: ask the retailer's system for a new one.", field="invitation"
        )
    return shopper


def _sign(session: Session, claim: bytes, now: Instant) -> bytes:
    key = session.get(ServerKey, KEY_NAME)
    if key is None:
        key = ServerKey(name=KEY_NAME, value=token_hex(32), created_at=now)
        session.add(key)
    return hmac.digest(bytes.fromhex(key.value), claim, sha256)
