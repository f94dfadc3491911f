"""What a file really is, told by its first bytes and never by its name."""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 1024
PACKAGES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
}
"""Documents that were born digital: kept as they are, their text is read."""
RECORDINGS: Final = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "avi": "video/x-msvideo",
}
"""Sound and film: kept and described, never opened."""
MEDIA_TYPES: Final = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "pdf": "application/pdf",
    "jp2": "image/jp2",
    **PACKAGES,
    **RECORDINGS,
}
_STARTS: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "rar"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"\x00\x00\x00\x0cjP  ", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)

_FILM_BRANDS: Final = frozenset({b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4A ", b"qt  ", b"MSNV"})


def kind_of(head: bytes) -> str:
    """Return the kind of file that begins with ``head``: a key of ``MEDIA_TYPES``, or the name of another kind."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        return "mp4" if head[8:12] in _FILM_BRANDS else "heic"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "unknown")
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str:
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if plain.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script")):
        return "html"
    # Mail gateways and old scanners put lines before the header; readers accept it within the first kilobyte.
    if b"%PDF-" in head:
        return "pdf"
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return "text" if head and control == 0 else "unknown"
