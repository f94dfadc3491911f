"""Draw whole households and the whole village into folders, named as an office names them, and hand back the truth.

Processes draw ahead while the caller works with what is finished: a household's folder appears among the scans in one
step, whole.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from PIL import Image

from plugins.demo.domain.chance import chance
from plugins.demo.domain.values import Household, IssueState, Village
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing import wear
from plugins.demo.drawing.born_digital import write_notice
from plugins.demo.drawing.desk import Desk, Paper
from plugins.demo.drawing.fonts import PRESSES, Face, font_file
from plugins.demo.drawing.formats import save_pages
from plugins.demo.drawing.papers import (
    application,
    approval,
    certificate,
    contract,
    feedback,
    identity,
    sketch,
    survey,
    village_record,
)
from plugins.demo.drawing.register import write_register
from plugins.demo.drawing.truth import FileTruth, HouseholdTruth, VillageTruth

Quality = Literal["clean", "office", "poor", "mixed"]

SCANS = "扫描件"
DRAWING = "绘制中"
RECORDS = "村级材料"
_MIXTURE = ("clean", "office", "office", "poor", "office", "clean", "office", "office", "poor", "clean")
_CLOCKWISE = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
_TIFF = frozenset({"D05", "D11"})


@dataclass(frozen=True, slots=True)
class Handling:
    """How the papers came about and were scanned: share of pages that lie turned, and whether print shops differ."""

    turned: float = 0.0
    presses: bool = False

    def quarters(self, rng: random.Random) -> int:
        """Return how often the next page is laid turned clockwise; upside down is the commonest mistake."""
        return rng.choice((1, 2, 2, 3)) if rng.random() < self.turned else 0


CAREFUL = Handling()
VARIED = Handling(turned=1 / 6, presses=True)


def render_village(
    root: Path,
    *,
    seed: int = 7,
    households: int = 30,
    quality: Quality = "mixed",
    dpi: int = 200,
    workers: int = 1,
    handling: Handling = CAREFUL,
) -> VillageTruth:
    """Invent a village and draw all its papers; see :func:`drawing_village`."""
    village = invent_village(seed, households)
    with drawing_village(root, village, quality=quality, dpi=dpi, workers=workers, handling=handling) as drawing:
        return drawing.finish()


@contextlib.contextmanager
def drawing_village(
    root: Path,
    village: Village,
    *,
    quality: Quality = "mixed",
    dpi: int = 200,
    workers: int = 1,
    handling: Handling = CAREFUL,
) -> Iterator[VillageDrawing]:
    """Draw all papers of a village while the block lasts.

    Args:
        root: gets the folders of scans and records, the register sheet and `truth.json`.
        village: the same village gives the same pages.
        quality: one class for all pages, or a mixture by household.
        dpi: resolution of the scans.
        workers: processes that draw side by side; 1 draws in this process, when asked for the next household.
        handling: of the households' papers.

    Raises:
        Unavailable: when the system has no Chinese font.
    """
    font_file(Face.SONG)
    root.mkdir(parents=True, exist_ok=True)
    draw = partial(render_household, root / DRAWING, village, quality=quality, dpi=dpi, handling=handling)
    with contextlib.ExitStack() as stack:
        coming: Iterator[HouseholdTruth] = map(draw, village.households)
        if workers > 1:
            pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
            stack.callback(pool.shutdown, cancel_futures=True)
            coming = pool.map(draw, village.households)
        yield VillageDrawing(root, village, quality, dpi, coming)


@dataclass(slots=True)
class VillageDrawing:
    """A village whose papers are being drawn, household by household in the order of their numbers."""

    root: Path
    village: Village
    quality: Quality
    dpi: int
    _coming: Iterator[HouseholdTruth]
    _drawn: list[HouseholdTruth] = field(default_factory=list)
    _truth: VillageTruth | None = None

    @property
    def scans(self) -> Path:
        """The folder of the households' folders that are finished."""
        return self.root / SCANS

    def advance(self, count: int) -> int:
        """Wait for up to ``count`` more households and lay them among the scans; returns how many came."""
        arrived = list(itertools.islice(self._coming, count))
        for household in arrived:
            self.scans.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.scans / household.folder, ignore_errors=True)
            (self.root / DRAWING / household.folder).rename(self.scans / household.folder)
        self._drawn += arrived
        return len(arrived)

    def finish(self) -> VillageTruth:
        """Wait for all households, draw the village's own records and the register, and return the whole truth."""
        if self._truth is None:
            while self.advance(len(self.village.households)):
                pass
            (self.root / DRAWING).rmdir()
            self._truth = self._whole()
        return self._truth

    def _whole(self) -> VillageTruth:
        records = self.root / RECORDS
        register = self.root / f"{self.village.name}林权证登记信息入库数字化表.xlsx"
        truth = VillageTruth(
            village=self.village,
            scans=self.scans,
            records=records,
            register=register,
            households=tuple(self._drawn),
            village_files=tuple(_village_files(records, self.village, self.quality, self.dpi)),
        )
        write_register(register, self.village)
        (self.root / "truth.json").write_text(truth.to_json(), encoding="utf-8")
        return truth


def render_household(
    scans: Path,
    village: Village,
    household: Household,
    *,
    quality: Quality = "office",
    dpi: int = 200,
    handling: Handling = CAREFUL,
) -> HouseholdTruth:
    """Draw the papers of one household into its folder below `scans`."""
    chosen = _quality(quality, household.index)
    press = PRESSES[household.index % len(PRESSES)] if handling.presses else {}
    desk = _desk(village, household, dpi, "file", press)
    feeder = chance(village.seed, f"{household.number}:feeder")
    counters: dict[str, int] = {}
    files = []
    for number, paper in enumerate(_papers(desk), start=1):
        counters[paper.doc_type] = counters.get(paper.doc_type, 0) + 1
        # Several papers of one kind, the parcel maps, are told apart by a running number as the office does.
        again = f"-{counters[paper.doc_type]}" if paper.doc_type == "D06" else ""
        name = f"{number:02d}-{paper.title}{again}{_suffix(paper)}"
        files.append(
            save_paper(
                scans, f"{household.folder_name}/{name}", paper, quality=chosen, feed=partial(handling.quarters, feeder)
            )
        )
    return HouseholdTruth(household=household, folder=household.folder_name, files=tuple(files))


def render_feedback(
    folder: Path, village: Village, household: Household, notice: feedback.Notice, *, dpi: int = 200
) -> FileTruth:
    """Draw the registry's answer for one household as one JPEG in a folder."""
    desk = _desk(village, household, dpi, "D18")
    paper = feedback.feedback(desk, notice)
    name = f"反馈-{household.number:04d}-{paper.title}.jpg"
    return save_paper(folder, name, paper, quality=wear.Quality.OFFICE)


def render_loose(
    folder: Path, name: str, village: Village, household: Household, *, doc_type: str, dpi: int = 200
) -> FileTruth:
    """Draw a paper that is missing from the household's folder, under a name of its own.

    Raises:
        KeyError: papers of this type are never loose.
    """
    draw = {"D02": identity.identity_copies, "D05": survey.boundary_survey, "D07": survey.neighbours}[doc_type]
    paper = draw(_desk(village, household, dpi, f"loose:{doc_type}"))
    first_side = Paper(doc_type=paper.doc_type, title=paper.title, sheets=paper.sheets[:1])
    return save_paper(folder, name, first_side, quality=wear.Quality.OFFICE)


def save_paper(
    root: Path, relative_path: str, paper: Paper, *, quality: wear.Quality, feed: Callable[[], int] = lambda: 0
) -> FileTruth:
    """Scan a paper's sides, store them as one file and return its truth; ``feed`` says how often a side lies turned."""
    images, pages = [], []
    for index, sheet in enumerate(paper.sheets):
        other = index ^ 1
        verso = paper.sheets[other].image if paper.double_sided and other < len(paper.sheets) else None
        image, truth = sheet.finish(index + 1, quality=quality, verso=verso)
        quarters = feed()
        images.append(image.transpose(_CLOCKWISE[quarters]) if quarters else image)
        pages.append(truth.turned(quarters))
    save_pages(root / relative_path, images, dpi=paper.sheets[0].dpi)
    return FileTruth(relative_path=relative_path, doc_type=paper.doc_type, title=paper.title, pages=tuple(pages))


def _desk(
    village: Village, household: Household, dpi: int, about: str, press: Mapping[Face, Face] | None = None
) -> Desk:
    rng = chance(village.seed, f"{household.number}:{about}")
    return Desk(village=village, household=household, dpi=dpi, rng=rng, press=press or {})


def _papers(desk: Desk) -> Iterator[Paper]:
    """Draw, one after another, the papers that a household's file holds."""
    household = desk.household
    yield application.application(desk)
    if "D02" not in household.absent:
        yield identity.identity_copies(desk)
    if household.tenure.contract_no:
        yield contract.contract(desk)
    if "D05" not in household.absent:
        yield survey.boundary_survey(desk)
    yield from (sketch.parcel_map(desk, parcel) for parcel in household.parcels)
    if "D07" not in household.absent:
        yield survey.neighbours(desk)
    yield approval.approval(desk)
    if household.issue_state is not IssueState.UNPRINTED:
        yield certificate.certificate_stub(desk)
    if household.issue_state is IssueState.ISSUED:
        yield approval.receipt(desk)
    if household.co_holders:
        yield contract.joint_agreement(desk)


def _village_files(folder: Path, village: Village, quality: Quality, dpi: int) -> Iterator[FileTruth]:
    """Draw the village's own records, one of them as a text document that never was on paper."""
    desk = _desk(village, village.households[0], dpi, "village")
    chosen = _quality(quality, 1)
    for number, paper in enumerate((village_record.resolution(desk), village_record.publication(desk)), start=1):
        name = f"{number:02d}-{paper.title}.pdf"
        yield save_paper(folder, name, paper, quality=chosen)
    yield write_notice(folder, "03-林改工作通知.pdf", village)


def _quality(quality: Quality, index: int) -> wear.Quality:
    return wear.Quality(_MIXTURE[index % len(_MIXTURE)] if quality == "mixed" else quality)


def _suffix(paper: Paper) -> str:
    if paper.doc_type in _TIFF or paper.sheets[0].colour is wear.Colour.BILEVEL:
        return ".tif"
    return ".pdf" if len(paper.sheets) > 1 else ".jpg"
