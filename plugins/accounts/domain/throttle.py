"""Login throttling: how long a login name or an address has to wait after wrong passwords.

The same count is kept for names that exist and for names that do not, so that a lock tells nothing about an account.
Attempts made during a lock are refused without being counted: waiting always ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlePolicy:
    """After ``attempts`` failures wait ``pause``; each further failure doubles it, up to ``longest``."""

    attempts: int = 5
    pause: dt.timedelta = dt.timedelta(minutes=15)
    longest: dt.timedelta = dt.timedelta(hours=24)

    @property
    def memory(self) -> dt.timedelta:
        """How long a failure counts: as long as the longest lock, so that no lock outlives its cause."""
        return self.longest


def locked_until(failures: Sequence[dt.datetime], policy: ThrottlePolicy, now: dt.datetime) -> dt.datetime | None:
    """Return the instant at which the next attempt is allowed, or None when it is allowed now.

    Args:
        failures: when attempts failed since the last success, in any order.
        policy: the office's figures.
        now: the present instant.
    """
    counted = sorted(at for at in failures if at > now - policy.memory)
    surplus = len(counted) - policy.attempts
    if surplus < 0:
        return None
    until = counted[-1] + lock_length(surplus, policy)
    return until if until > now else None


def lock_length(surplus: int, policy: ThrottlePolicy) -> dt.timedelta:
    """Return the length of the lock after ``surplus`` failures beyond the allowed ones."""
    # beyond 2**20 times the pause the ceiling has long been reached; a larger power would only overflow
    doublings: int = 1 << min(surplus, 20)
    return min(policy.pause * doublings, policy.longest)
