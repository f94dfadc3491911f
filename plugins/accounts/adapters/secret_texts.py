"""Random secrets (session ids, links, tokens) and the digests under which they are stored."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "ld_"  # noqa: S105 - marks a leaked token for scanners
_BYTES = 32


def new_secret() -> str:
    """Return 256 random bits as 43 characters that fit into a URL."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """Return a new API token."""
    return TOKEN_PREFIX + new_secret()


def digest_of(secret: str) -> str:
    """Return the SHA-256 under which a secret is stored; enough for 256 random bits, unlike for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()
