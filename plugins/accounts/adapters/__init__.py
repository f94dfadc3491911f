"""What the accounts plugin takes from outside: password hashing and the list of known passwords."""

from __future__ import annotations
