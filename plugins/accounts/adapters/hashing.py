"""Argon2id password hashes, with the cost that a county server can pay at every login."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
"""The OWASP minimum for Argon2id; the library's default took about half a second per login on two cores."""

_NOBODYS_HASH = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""Costs as much to compare as a real one, and nobody knows a password for it."""

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of the password, with its own random salt. Slow on purpose: not inside a transaction."""
    return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Say whether the password is the one behind ``stored``.

    An empty ``stored`` (no such account, or no password yet) is compared with a hash that nothing matches, so that the
    answer takes as long as for an account that exists.
    """
    try:
        return _hasher.verify(stored or _NOBODYS_HASH, password)
    except VerifyMismatchError:
        return False
