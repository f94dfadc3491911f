"""The rules of accounts: passwords, separated roles, throttling, scopes. No web, no database, no files."""

from __future__ import annotations
