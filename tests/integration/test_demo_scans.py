"""The drawn scans and the hostile files through the real parser: what the demo shows is what the intake understands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.ingest.domain.naming import Naming
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.domain.separator import FILE, Separator
from plugins.ingest.sandbox import Sandbox
from tests.support import pages
from tests.support.hostile import Verdict, good_jpeg, hostile_files

PATCH = Separator(kind=FILE).code
PROFILE = ScanProfile(patch_code=PATCH)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield made
    made.close()


@pytest.mark.ocr
@pytest.mark.parametrize("quality", ["clean", "office", "poor"])
def test_pages_blanks_and_resolution_are_found_as_they_were_drawn(sandbox: Sandbox, quality: pages.Quality) -> None:
    truth, scans = pages.household(0, quality=quality, dpi=150)
    for file in truth.files:
        with sandbox.scan(scans / file.relative_path, PROFILE) as scan:
            found = [(page.is_blank, round(page.dpi or 0)) for page in scan.result.pages]
            assert not [page.page_no for page in scan.result.pages if PATCH in page.codes], "no patch on any paper"
        assert found == [(page.is_blank, page.dpi) for page in file.pages], file.title


@pytest.mark.ocr
def test_names_tell_household_and_document_type() -> None:
    truth, _scans = pages.household(0, quality="clean", dpi=150)
    plan = Naming().plan(file.relative_path for file in truth.files)
    (folder,) = plan.folders
    assert (folder.name.folder_no, folder.name.holder) == ("0301", truth.household.holder.name)
    assert [file.name.doc_type for file in folder.files] == [file.doc_type for file in truth.files]


def test_hostile_files_end_with_their_verdict(sandbox: Sandbox, tmp_path: Path) -> None:
    seen = set()
    for name, data, verdict in hostile_files():
        path = tmp_path / name
        path.write_bytes(data)
        assert _verdict(sandbox, path) == verdict, name
        assert path.read_bytes() == data, "the original stays as it is"
        seen.add(verdict)
    assert seen == set(Verdict)


def test_a_good_file_is_read_after_all_the_bad_ones(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "好图.jpg"
    path.write_bytes(good_jpeg())
    assert _verdict(sandbox, path) == Verdict.ACCEPTED


def _verdict(sandbox: Sandbox, path: Path) -> str:
    try:
        with sandbox.scan(path, PROFILE) as scan:
            return "accepted" if scan.result.pages else "no pages"
    except Refused as refused:
        return refused.code.value
