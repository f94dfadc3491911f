"""The sandbox and the readers of a host: made once, kept for the next file, shared by all threads of a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from lindang.host import Host
from plugins.ingest.adapters.engines import ENGINES, EngineOptions
from plugins.ingest.adapters.limits import Limits
from plugins.ingest.adapters.reader import PageReader
from plugins.ingest.sandbox import Sandbox
from plugins.ingest.settings import IngestSettings

SANDBOX_PORT: Final = "scan_sandbox"
READER_PORT: Final = "page_reader"
ENGINE_PORT: Final = "ocr_engine"


def settings_of(host: Host) -> IngestSettings:
    """Return the intake's settings."""
    settings: IngestSettings = host.settings.plugin("ingest")
    return settings


def sandbox_of(host: Host) -> Sandbox:
    """Return where files are parsed."""
    sandbox: Sandbox = host.port(SANDBOX_PORT)
    return sandbox


def reader_of(host: Host, engine: str) -> PageReader:
    """Return what reads pages with an engine."""
    reader: PageReader = host.port(READER_PORT, engine)
    return reader


def work_folder(host: Host, name: str) -> Path:
    """Return a folder for temporary files of the intake, below the data folder."""
    folder = host.data_dir / "work" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def make_sandbox(host: Host) -> Sandbox:
    """Make the sandbox that the settings ask for."""
    settings = settings_of(host)
    limits = Limits(
        memory_mb=settings.parse_memory_mb, cpu_seconds=settings.parse_page_seconds, file_mb=settings.max_file_mb
    )
    return Sandbox(work_folder(host, "scan"), limits=limits, total_seconds=settings.parse_total_seconds)


def make_reader(engine: str) -> Callable[[Host], PageReader]:
    """Return the maker of the reader with one engine."""

    def make(host: Host) -> PageReader:
        settings = settings_of(host)
        folder = work_folder(host, "read")
        return PageReader(engine, options_of(settings), folder=folder, memory_mb=settings.ocr_memory_mb)

    return make


def options_of(settings: IngestSettings) -> EngineOptions:
    """Return what the settings tell the engines."""
    return EngineOptions(settings.ocr_det_model, settings.ocr_rec_model, settings.ocr_page_seconds)


ADAPTERS: Final = {
    SANDBOX_PORT: {"child": make_sandbox},
    READER_PORT: {name: make_reader(name) for name in ENGINES},
    ENGINE_PORT: {name: (lambda host, make=make: make(options_of(settings_of(host)))) for name, make in ENGINES.items()},
}
"""What the intake offers to the host. The engines themselves are for processes that may carry their memory."""
