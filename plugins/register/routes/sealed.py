"""Sending a file that lies sealed: opened part by part on its way out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response

from lindang.host import Host
from lindang.web import FILE_POLICY
from plugins.register.service.sealed import unsealed_parts


def send_unsealed(host: Host, blob_sha256: str, length: int, name: str, media_type: str) -> Response:
    """Send a sealed file as a download, never rendered in our origin; the name may hold Chinese (RFC 6266)."""
    parts = unsealed_parts(host, blob_sha256)
    first = next(parts)  # a file that cannot be opened is an error page, not half a download
    response = Response(_joined(first, parts), mimetype=media_type)
    response.content_length = length
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
