"""What a broker and the servers that use it need for mutual TLS: certificates, keys, the list of those revoked."""

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from protocol.instants import Instant
from store_server.fleet.authority import Authority, Revoked
from store_server.fleet.key_files import private_pem

CA, BROKER_CERTIFICATE, BROKER_KEY, REVOKED = "ca.pem", "broker.pem", "broker.key", "revoked.crl"


def broker_files(
    authority: Authority, host: str, servers: Sequence[str], revoked: Iterable[Revoked], now: Instant
) -> dict[str, str]:
    """Return file name -> content, with fresh keys; keys go on disk with mode 0600. Raises BadRequest."""
    key = ec.generate_private_key(ec.SECP256R1())
    files = {
        CA: authority.pem,
        BROKER_CERTIFICATE: authority.sign_broker(host, key.public_key(), now).certificate,
        BROKER_KEY: private_pem(key).decode(),
        REVOKED: authority.revocations(revoked, now),
    }
    for server in servers:
        own = ec.generate_private_key(ec.SECP256R1())
        files[f"{server}.pem"] = authority.sign_client(server, own.public_key(), now).certificate
        files[f"{server}.key"] = private_pem(own).decode()
    return files
