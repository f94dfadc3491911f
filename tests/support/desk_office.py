"""An archive served to a real browser with its forms and tokens; who sits at the browser can change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lindang import access
from lindang.auth import Actor
from lindang.host import Host
from lindang.web import create_web_app
from tools.serving import serving


class Office:
    """The served archive; ``who`` is the person at the browser."""

    def __init__(self, address: str, who: Actor) -> None:
        self.address = address
        self.who = who


@contextmanager
def served(host: Host, who: Actor) -> Iterator[Office]:
    """Serve an archive on a free port of this machine."""
    asked = access.identify
    with serving(create_web_app(host)) as address:
        office = Office(address, who)
        access.identify = lambda _host: office.who
        try:
            yield office
        finally:
            access.identify = asked
