"""The sandbox and the readers of a host: made once, kept for the next file, shared by all threads of a process."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from lindang.errors import BadInput
from lindang.forks import ChildPool
from lindang.host import Host
from lindang.limits import Limits
from lindang.plugin import Factory
from plugins.ingest.adapters.engines import ENGINES, EngineOptions, choose
from plugins.ingest.adapters.engines import notes as engine_notes
from plugins.ingest.adapters.layering import CHILD as LAYER_CHILD
from plugins.ingest.adapters.reader import PageReader
from plugins.ingest.domain.naming import Naming
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.domain.separator import FILE, ITEM, Separator
from plugins.ingest.domain.wording import explain, remedy
from plugins.ingest.sandbox import Sandbox, Scan
from plugins.ingest.settings import IngestSettings

SANDBOX_PORT: Final = "scan_sandbox"
LAYER_PORT: Final = "layer_children"
READER_PORT: Final = "page_reader"
ENGINE_PORT: Final = "ocr_engine"
PAGE_PORT: Final = "page_maker"
_PATCH_CODES: Final = {"off": "", "file": Separator(kind=FILE).code, "item": Separator(kind=ITEM).code}
"""A patch code T says what a blank separator sheet of ours says."""
UPLOAD_PATIENCE: Final = dt.timedelta(days=1)
"""How long an unfinished upload is left alone: the web process may still be receiving it."""
NO_PATIENCE: Final = dt.timedelta(0)


def settings_of(host: Host) -> IngestSettings:
    """Return the intake's settings."""
    settings: IngestSettings = host.settings.plugin("ingest")
    return settings


def ocr_slots(host: Host) -> int:
    """Return how many items may be read at the same time."""
    return settings_of(host).ocr_workers


def naming_of(host: Host) -> Naming:
    """Return the office's naming rules."""
    settings = settings_of(host)
    return Naming(
        file_rules=tuple(section.rule for section in settings.file_rules),
        folder_rules=tuple(section.rule for section in settings.folder_rules),
        title_words=settings.title_words,
    )


def profile_of(host: Host) -> ScanProfile:
    """Return how files are turned into pages."""
    settings = settings_of(host)
    return ScanProfile(
        view_dpi=settings.view_dpi,
        view_quality=settings.view_quality,
        max_bytes=settings.max_file_mb * 1024 * 1024,
        max_pages=settings.max_pages,
        max_pixels=settings.max_megapixels * 1_000_000,
        patch_code=_PATCH_CODES[settings.patch_t],
    )


def sandbox_of(host: Host) -> Sandbox:
    """Return where files are parsed."""
    sandbox: Sandbox = host.port(SANDBOX_PORT)
    return sandbox


def layer_children(host: Host) -> ChildPool:
    """Return what makes PDFs with a text layer."""
    children: ChildPool = host.port(LAYER_PORT)
    return children


def reader_of(host: Host, engine: str) -> PageReader:
    """Return what reads pages with an engine."""
    reader: PageReader = host.port(READER_PORT, engine)
    return reader


def work_folder(host: Host, name: str) -> Path:
    """Return a folder for temporary files of the intake, below the data folder."""
    folder = host.data_dir / "work" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def wipe_folder(folder: Path, *, older_than: dt.timedelta = NO_PATIENCE) -> None:
    """Remove what killed processes left in a work folder."""
    limit = time.time() - older_than.total_seconds()
    for leftover in folder.iterdir():
        if leftover.stat().st_mtime > limit:
            continue
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def make_sandbox(host: Host) -> Sandbox:
    """Make the sandbox that the settings ask for."""
    settings = settings_of(host)
    limits = Limits(
        memory_mb=settings.parse_memory_mb, cpu_seconds=settings.parse_page_seconds, file_mb=settings.max_file_mb
    )
    return Sandbox(work_folder(host, "scan"), limits=limits, total_seconds=settings.parse_total_seconds)


def make_page_maker(host: Host) -> Callable[[Path], AbstractContextManager[Scan]]:
    """Return what parses one scan for other plugins (换页), in the same sandbox; refusals come as BadInput, in words."""

    @contextmanager
    def parsed(path: Path) -> Iterator[Scan]:
        try:
            with sandbox_of(host).scan(path, profile_of(host)) as found:
                yield found
        except Refused as refused:
            raise BadInput(explain(refused.code, refused.detail), remedy=remedy(refused.code)) from refused

    return parsed


def make_reader(engine: str) -> Callable[[Host], PageReader]:
    """Return the maker of the reader with one engine."""

    def make(host: Host) -> PageReader:
        settings = settings_of(host)
        folder = work_folder(host, "read")
        memory_mb, nice = settings.ocr_memory_mb, settings.ocr_nice
        return PageReader(engine, options_of(settings), folder=folder, memory_mb=memory_mb, nice=nice)

    return make


def make_engine(name: str) -> Factory:
    """Return the maker of an engine that reads in the process that asks for it."""
    return lambda host: ENGINES[name](options_of(settings_of(host)))


def options_of(settings: IngestSettings) -> EngineOptions:
    """Return what the settings tell the engines."""
    return EngineOptions(
        settings.ocr_det_model,
        settings.ocr_rec_model,
        settings.ocr_page_seconds,
        settings.cert_words,
        settings.sure_confidence,
        settings.ocr_fast_models,
        tuple(settings.ocr_look_alikes.items()),
    )


def make_layer_children(host: Host) -> ChildPool:
    """Make the children that make PDFs; none is started before the first one."""
    return ChildPool(LAYER_CHILD, work_folder(host, "layer"))


def start_notes(host: Host) -> list[str]:
    """Return what the start prints and the health page shows: engines that are missing, and what that costs."""
    settings = settings_of(host)
    chosen = choose(settings.ocr, settings.ocr_fast_models)
    return list(dict.fromkeys(str(note) for note in (*engine_notes(), chosen.note) if note))


ADAPTERS: Final[Mapping[str, Mapping[str, Factory]]] = {
    SANDBOX_PORT: {"child": make_sandbox},
    LAYER_PORT: {"child": make_layer_children},
    PAGE_PORT: {"ingest": make_page_maker},
    READER_PORT: {name: make_reader(name) for name in ENGINES},
    ENGINE_PORT: {name: make_engine(name) for name in ENGINES},
}
"""What the intake offers to the host. The engines themselves are for processes that may carry their memory."""
