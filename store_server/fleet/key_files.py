"""Keys in the data folder: made once, whole or not at all, readable by the server only (mode 0600)."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def keep_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return a file's content; where there is none, make it. Of two workers that do so at once the first one's counts."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp gives mode 0600; a link, unlike a rename, never replaces what another worker has put there.
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_bytes()


def private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
