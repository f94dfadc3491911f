"""Search engines behind the port ``search_engine``."""

from __future__ import annotations

from lindang.host import Host
from plugins.search.adapters.whoosh_engine import WhooshEngine


def make_whoosh(host: Host) -> WhooshEngine:
    """Return the embedded engine, with its index in the data folder."""
    return WhooshEngine(host.data_dir / "index")
