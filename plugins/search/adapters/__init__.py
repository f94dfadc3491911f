"""Search engines behind the port: the Whoosh index, and the database itself when there is no index."""

from __future__ import annotations
