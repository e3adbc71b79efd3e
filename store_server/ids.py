"""Ids and secrets that nobody can guess (RFC 9562 version 4; secrets of 256 bits)."""

import secrets
import uuid
from collections.abc import Callable
from typing import TypeAlias

NewId: TypeAlias = Callable[[], str]
"""A source of fresh ids; tests hand in a counter."""

SECRET_BYTES = 32
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what a tired eye takes for another."""
CODE_GROUP = 4


def new_id() -> str:
    """Return a fresh id: 36 characters, lower case."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """Return a fresh credential, safe in a URL or header."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_code(groups: int) -> str:
    """Return a fresh code for people to type, such as `k7qf-2m9x`; each group of four letters of 31 is 20 bits."""
    return "-".join("".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUP)) for _ in range(groups))
