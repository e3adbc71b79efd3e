"""Signing requests and renewals as a gateway makes them."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.renewal import Renewal, renewal_bytes, to_text


def signing_request(key: ec.EllipticCurvePrivateKey) -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def ask(
    certificate: str,
    present: ec.EllipticCurvePrivateKey,
    fresh: ec.EllipticCurvePrivateKey,
    csr: str | None = None,
) -> Renewal:
    """Return a renewal of `certificate`, signed by `present`, for the key `fresh`."""
    csr = csr or signing_request(fresh)
    signature = present.sign(renewal_bytes(csr), ec.ECDSA(SHA256()))
    return Renewal(certificate=certificate, csr=csr, signature=to_text(signature))
