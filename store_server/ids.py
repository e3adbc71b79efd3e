"""Ids and secrets that nobody can guess (RFC 9562 version 4; secrets of 256 bits)."""

import secrets
import uuid
from collections.abc import Callable
from typing import TypeAlias

NewId: TypeAlias = Callable[[], str]
"""A source of fresh ids; tests hand in a counter."""

SECRET_BYTES = 32


def new_id() -> str:
    """Return a fresh id: 36 characters, lower case."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """Return a fresh credential, safe in a URL or header."""
    return secrets.token_urlsafe(SECRET_BYTES)
