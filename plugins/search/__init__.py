"""Search: certificate numbers from the database, everything else from an exact full-text index."""

from __future__ import annotations
