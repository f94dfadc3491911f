"""Commands of the accounts plugin: each takes the unit of work first and never commits."""

from __future__ import annotations
