"""An archive served to a real browser with its forms and tokens; who sits at the browser can change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from lindang import access
from lindang.auth import Actor
from lindang.host import Host
from lindang.web import create_web_app


class Office:
    """The served archive; ``who`` is the person at the browser."""

    def __init__(self, address: str, who: Actor) -> None:
        self.address = address
        self.who = who


@contextmanager
def served(host: Host, who: Actor) -> Iterator[Office]:
    """Serve an archive on a free port of this machine."""
    server = make_server("127.0.0.1", 0, create_web_app(host), threaded=True)
    office = Office(f"http://127.0.0.1:{server.server_port}", who)
    asked, access.identify = access.identify, lambda _host: office.who
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield office
    server.shutdown()
    thread.join()
    server.server_close()
    access.identify = asked
