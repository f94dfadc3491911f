"""Image quality: rules that turn what was measured on a page into findings, and findings into a verdict.

Each rule looks at one thing, says how bad it is, and names the clause it follows; the limits are the office's (section
``[plugins.ingest.quality]``). The wording of a finding is made when it is shown, from its code and values.

Source: domain reference 4.2 (DA/T 31—2017; its figures there are from general knowledge, not from the text). A limit that no
clause gives says so: ``OWN``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from lindang.i18n import Text, _, lazy
from plugins.ingest.domain.pagelook import PageLook
from plugins.ingest.quality_limits import Limits

GOOD, LOOK, REDO = "good", "look", "redo"
VERDICTS: Final = {GOOD: lazy("合格"), LOOK: lazy("待看"), REDO: lazy("应重扫")}
TONES: Final = {GOOD: "success", LOOK: "warning", REDO: "danger"}

MM_PER_INCH: Final = 25.4
A4_LONG_MM: Final = 297
_SLACK: Final = 0.97
"""A scanner that is asked for 200 dpi may give a few pixels less."""

DPI_LOW, DPI_UNTOLD, DPI_TAG = "dpi_low", "dpi_untold", "dpi_tag"
NOT_COLOUR, BILEVEL = "not_colour", "bilevel"
SKEWED, SIDEWAYS = "skewed", "sideways"
DARK, PALE, BLURRED = "dark", "pale", "blurred"
BORDERED, CUT = "bordered", "cut"
EMPTY, SAME, ALIKE = "empty", "same", "alike"

OWN: Final = lazy("本系统自定，无条文依据")
DA31: Final = lazy("DA/T 31—2017（数值待核）")


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Another page that shows the same."""

    page_id: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What the rules look at: how the page was captured, what was measured (None: born digital), what is around it.

    ``is_all_blank`` says that no page of its 件 carries writing: a blank verso is no fault, a blank document is.
    """

    doc_type: str
    width: int
    height: int
    dpi: int
    colour_mode: str
    look: PageLook | None
    is_all_blank: bool = False
    same: Twin | None = None
    alike: Twin | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what, how bad (``look`` or ``redo``), and the figures that its sentence needs."""

    code: str
    severity: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One page before the rules."""

    facts: PageFacts
    look: PageLook
    limits: Limits


Rule = Callable[[Case], Finding | None]


def judge(facts: PageFacts, limits: Limits) -> tuple[Finding, ...]:
    """Return everything that is wrong with a page, the worst first; nothing for a page that was born digital."""
    if facts.look is None:
        return ()
    case = Case(facts, facts.look, limits)
    found = [finding for rule in RULES if (finding := rule(case)) is not None]
    return tuple(sorted(found, key=lambda finding: finding.severity != REDO))


def verdict_of(findings: Sequence[Finding]) -> str:
    """Return the verdict that the worst finding gives."""
    severities = {finding.severity for finding in findings}
    return REDO if REDO in severities else LOOK if severities else GOOD


def real_dpi(facts: PageFacts, limits: Limits) -> int:
    """Return the dots per inch of paper: from the known size of the paper, else as told, else as if it were A4."""
    long_side = max(facts.width, facts.height)
    known_mm = limits.paper_mm.get(facts.doc_type)
    if known_mm:
        return round(long_side * MM_PER_INCH / known_mm)
    return facts.dpi or round(long_side * MM_PER_INCH / A4_LONG_MM)


def resolution(case: Case) -> Finding | None:
    """At least 200 dpi. A file that does not tell is taken for A4; where that would be too little, a person looks."""
    dpi = real_dpi(case.facts, case.limits)
    if dpi >= case.limits.dpi_min * _SLACK:
        return None
    if not case.facts.dpi and case.facts.doc_type not in case.limits.paper_mm:
        return Finding(DPI_UNTOLD, LOOK, {"dpi": dpi, "least": case.limits.dpi_min})
    return Finding(DPI_LOW, REDO, {"dpi": dpi, "least": case.limits.dpi_min})


def resolution_tag(case: Case) -> Finding | None:
    """The resolution that the file tells must fit pixels and paper, where the size of the paper is known."""
    known = case.limits.paper_mm.get(case.facts.doc_type)
    dpi = real_dpi(case.facts, case.limits)
    if not known or not case.facts.dpi or abs(case.facts.dpi - dpi) <= dpi * 0.1:
        return None
    return Finding(DPI_TAG, LOOK, {"told": case.facts.dpi, "dpi": dpi, "paper": known})


def colour(case: Case) -> Finding | None:
    """24-bit colour for certificates, maps and stamped papers; black and white only for clean black text."""
    if case.facts.doc_type in case.limits.colour_types and case.facts.colour_mode != "colour":
        return Finding(NOT_COLOUR, REDO, {"mode": case.facts.colour_mode})
    if case.facts.colour_mode == "bilevel":
        return Finding(BILEVEL, LOOK)
    return None


def skew(case: Case) -> Finding | None:
    """Straight to 1 or 2 degrees."""
    values = {"angle": abs(case.look.skew), "most": case.limits.skew_look}
    return _above(SKEWED, abs(case.look.skew), case.limits.skew_look, case.limits.skew_redo, values)


def orientation(case: Case) -> Finding | None:
    """Lines of writing run from left to right."""
    return Finding(SIDEWAYS, LOOK) if case.look.is_sideways and not case.look.is_tinted else None


def darkness(case: Case) -> Finding | None:
    """White paper is light; a coloured cover may be dark."""
    if case.look.is_tinted:
        return None
    return _below(DARK, case.look.paper, case.limits.paper_look, case.limits.paper_redo, {"paper": case.look.paper})


def contrast(case: Case) -> Finding | None:
    """Writing stands out from the paper; blurred writing is pale because it is blurred."""
    if case.look.is_tinted or not case.look.blur or case.look.blur > case.limits.blur_look:
        return None
    return _below(
        PALE, case.look.contrast, case.limits.contrast_look, case.limits.contrast_redo, {"contrast": case.look.contrast}
    )


def blur(case: Case) -> Finding | None:
    """Edges of the writing are sharp."""
    if case.look.is_tinted:
        return None
    return _above(BLURRED, case.look.blur, case.limits.blur_look, case.limits.blur_redo, {"blur": case.look.blur})


def border(case: Case) -> Finding | None:
    """No black border: it may be taken off, nothing else may."""
    return Finding(BORDERED, LOOK, {"mm": case.look.border}) if case.look.border > case.limits.border_look else None


def cut_edges(case: Case) -> Finding | None:
    """No content is cropped."""
    if case.look.is_tinted:
        return None
    return _above(CUT, case.look.cut, case.limits.cut_look - 1, case.limits.cut_redo - 1, {"strokes": case.look.cut})


def emptiness(case: Case) -> Finding | None:
    """A document carries writing on some page."""
    return Finding(EMPTY, LOOK) if case.facts.is_all_blank else None


def twins(case: Case) -> Finding | None:
    """One image for each side of the paper: the same page is not filed twice."""
    if case.facts.same is not None:
        return Finding(SAME, LOOK, asdict(case.facts.same))
    return Finding(ALIKE, LOOK, asdict(case.facts.alike)) if case.facts.alike is not None else None


RULES: Final[tuple[Rule, ...]] = (
    resolution,
    resolution_tag,
    colour,
    skew,
    orientation,
    darkness,
    contrast,
    blur,
    border,
    cut_edges,
    emptiness,
    twins,
)


def _above(code: str, value: float, look: float, redo: float, values: dict[str, Any]) -> Finding | None:
    return Finding(code, REDO if value > redo else LOOK, values) if value > look else None


def _below(code: str, value: float, look: float, redo: float, values: dict[str, Any]) -> Finding | None:
    return Finding(code, REDO if value < redo else LOOK, values) if value < look else None


MODES: Final = {"bilevel": lazy("黑白二值"), "gray": lazy("灰度"), "colour": lazy("彩色")}

CLAUSES: Final[Mapping[str, Text]] = {
    DPI_LOW: DA31,
    DPI_UNTOLD: DA31,
    DPI_TAG: OWN,
    NOT_COLOUR: DA31,
    BILEVEL: DA31,
    SKEWED: DA31,
    SIDEWAYS: OWN,
    DARK: OWN,
    PALE: OWN,
    BLURRED: OWN,
    BORDERED: OWN,
    CUT: DA31,
    EMPTY: DA31,
    SAME: DA31,
    ALIKE: DA31,
}
"""Where each rule comes from; the limits of ``OWN`` were set by measuring drawn pages, see docs/quality.md."""

LABELS: Final[Mapping[str, Text]] = {
    DPI_LOW: lazy("分辨率不足"),
    DPI_UNTOLD: lazy("分辨率不明"),
    DPI_TAG: lazy("分辨率标注不符"),
    NOT_COLOUR: lazy("应扫彩色"),
    BILEVEL: lazy("黑白二值"),
    SKEWED: lazy("歪斜"),
    SIDEWAYS: lazy("横放"),
    DARK: lazy("底色过暗"),
    PALE: lazy("字迹过浅"),
    BLURRED: lazy("模糊"),
    BORDERED: lazy("有黑边"),
    CUT: lazy("边缘切字"),
    EMPTY: lazy("整件空白"),
    SAME: lazy("重复图像"),
    ALIKE: lazy("疑似重复"),
}


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """Return a finding as an archivist reads it: what is wrong, by how much, what to look at."""
    return _SENTENCES[code](values)


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    DPI_LOW: lambda v: _("分辨率只有 %(dpi)s dpi，要求不低于 %(least)s dpi。", **v),
    DPI_UNTOLD: lambda v: _(
        "图像没有注明分辨率；按 A4 纸算约 %(dpi)s dpi，低于 %(least)s dpi，请对照纸张大小确认。", **v
    ),
    DPI_TAG: lambda v: _("注明 %(told)s dpi，但按纸张长边 %(paper)s 毫米算是 %(dpi)s dpi，请查扫描仪设置。", **v),
    NOT_COLOUR: lambda v: _(
        "这类材料有印章、彩图或手写，应扫彩色；现在是%(mode)s。", mode=str(MODES.get(v["mode"], v["mode"]))
    ),
    BILEVEL: lambda _values: _("扫成了黑白二值；只有清楚的黑字材料可以这样扫，请看印章和手写是否清楚。"),
    SKEWED: lambda v: _("歪斜 %(angle)s 度，要求不超过 %(most)s 度。", **v),
    SIDEWAYS: lambda _values: _("文字像是横放的，请看是否要转正。"),
    DARK: lambda v: _("纸面过暗（亮度 %(paper)s，全白为 255），请调亮后看字迹是否清楚。", **v),
    PALE: lambda v: _("字迹太浅，与纸面只差 %(contrast)s 级亮度，请看是否能辨认。", **v),
    BLURRED: lambda v: _("图像模糊，笔画边缘宽约 %(blur)s 像素，请看小字是否能辨认。", **v),
    BORDERED: lambda v: _("有 %(mm)s 毫米宽的黑边，请看是否压住内容。", **v),
    CUT: lambda v: _("有 %(strokes)s 处笔画伸到图像边上，内容可能被切掉。", **v),
    EMPTY: lambda _values: _("这一件没有一页有字，请看是否放反了面或漏扫。"),
    SAME: lambda v: _("与 %(where)s 的图像完全相同，请看是否扫重了，或漏扫了另一页。", **v),
    ALIKE: lambda v: _("与 %(where)s 像是同一张纸，请看是否扫重了。", **v),
}
