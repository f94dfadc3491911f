"""Where a person may be sent on or back to: a page of ours, never somebody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/"


def local_path(wanted: str) -> str:
    r"""Return the wanted address when it is a path of this server, else the home page.

    ``//host``, ``/\host`` and control characters are refused, because browsers read them as other hosts.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else wanted
