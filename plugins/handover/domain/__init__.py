"""The pure rules of handing over: states, readiness, manifest, code lists. No web, no database, no files."""

from __future__ import annotations
