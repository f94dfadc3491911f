"""A sheet of paper to draw on in millimetres, which remembers every run of text that it carries.

Words of print, fill-ins by hand, seals: each goes through one method here, so that the truth beside the page is
written by the same call that draws it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from plugins.demo.drawing import pen, seal, wear
from plugins.demo.drawing.fonts import Face, advance, open_font
from plugins.demo.drawing.truth import Box, PageTruth, TextLine

MARK = "虚构演示 FICTIONAL"
A4 = (210.0, 297.0)
A4_WIDE = (297.0, 210.0)
A3_WIDE = (420.0, 297.0)
_PRINT_BLACK = (34, 32, 34)
Area = tuple[float, float, float, float]
"""Left, top, width, height in millimetres."""

_FULL_WIDTH = str.maketrans(",:;()", "\uff0c\uff1a\uff1b\uff08\uff09")

_NEVER_FIRST = frozenset("\uff0c\uff1a\uff1b\uff09,:;)。、》号")
_NEVER_LAST = "\uff08(《〔"


def typeset(text: str) -> str:
    """Give a Chinese text the full-width signs that type and hand use; leave a text without Chinese as it is."""
    return text.translate(_FULL_WIDTH) if any("\u4e00" <= char <= "\u9fff" for char in text) else text


@dataclass(frozen=True, slots=True)
class Ink:
    """How a piece of text is put on paper; `points` is the type size."""

    points: float = 10.5
    face: Face = Face.SONG
    colour: pen.Colour = _PRINT_BLACK
    hand: bool = False

    def sized(self, points: float) -> Ink:
        """Return the same ink at another size."""
        return replace(self, points=points)


PRINT = Ink()
LABEL = Ink(10.5)
BOLD = Ink(10.5, Face.HEI)
TITLE = Ink(20, Face.HEI)
HAND = Ink(13, Face.HAND, pen.BLUE_BLACK, hand=True)
BLACK_HAND = Ink(13, Face.HAND, pen.BLACK_INK, hand=True)
PENCIL = Ink(13, Face.HAND, pen.PENCIL, hand=True)


class Sheet:
    """One side of a sheet of paper."""

    def __init__(
        self,
        size: tuple[float, float] = A4,
        *,
        dpi: int,
        rng: random.Random,
        colour: wear.Colour = wear.Colour.COLOUR,
        reduction: float = 1.0,
        press: Mapping[Face, Face] | None = None,
    ) -> None:
        """Take a sheet.

        Args:
            size: width and height in millimetres in which is drawn.
            dpi: resolution of the scan.
            rng: what moves pens, stamps and the scanner.
            colour: the scanner's setting.
            reduction: of a reduced copy: an A3 drawing at 0.707 is scanned as A4.
            press: faces that the print shop has in place of the usual ones.
        """
        self.width, self.height = size
        self.dpi = dpi
        self.dots = dpi * reduction
        self.rng = rng
        self.colour = colour
        self.press = press or {}
        self.image = Image.new("RGB", (self.px(self.width), self.px(self.height)), (255, 255, 255))
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[TextLine] = []
        self.fields: dict[str, str] = {}
        self.is_blank = False
        self.holes = wear.Holes.LEFT

    def px(self, millimetres: float) -> int:
        """Convert a length to pixels."""
        return round(millimetres * self.dots / 25.4)

    def pixels(self, ink: Ink) -> int:
        """Tell the height of an ink's characters in pixels."""
        return max(7, round(ink.points * self.dots / 72))

    def text_width(self, text: str, ink: Ink) -> float:
        """Measure a text in millimetres."""
        face, pixels = (Face.HAND if ink.hand else self._face(ink)), self.pixels(ink)
        return sum(advance(face, pixels, char) for char in text) * 25.4 / self.dots

    def _face(self, ink: Ink) -> Face:
        return self.press.get(ink.face, ink.face)

    def put(self, x: float, y: float, text: str, ink: Ink = PRINT, *, align: str = "left", kind: str = "") -> float:
        """Put one line of text; `y` is its middle, `x` its left, centre or right by `align`. Returns its right end."""
        if not text:
            return x
        text = typeset(text)
        width = self.text_width(text, ink)
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        height = self.pixels(ink)
        at = (self.px(left), self.px(y) - round(height * 0.6))
        if ink.hand:
            box = pen.write(self.image, at, text, pixels=height, colour=ink.colour, rng=self.rng)
        else:
            box = self._print(at, text, ink)
        self.lines.append(TextLine(text, box, kind or ("hand" if ink.hand else "printed")))
        return left + width

    def _print(self, at: tuple[int, int], text: str, ink: Ink) -> Box:
        height = self.pixels(ink)
        font = open_font(self._face(ink), height)
        middle = at[1] + round(height * 0.6)
        self.draw.text((at[0], middle), text, font=font, fill=ink.colour, anchor="lm")
        return (at[0], at[1], at[0] + round(font.getlength(text)), at[1] + round(height * 1.2))

    def wrap(self, text: str, width: float, ink: Ink) -> list[str]:
        """Break a text into lines that fit a width; no line begins with closing punctuation."""
        lines, line, used = [], "", 0.0
        for char in typeset(text):
            if char == "\n":
                lines.append(line)
                line, used = "", 0.0
                continue
            used += self.text_width(char, ink)
            if used > width and char not in _NEVER_FIRST:
                kept = line.rstrip(_NEVER_LAST) or line
                lines.append(kept)
                line = line[len(kept) :] + char
                used = self.text_width(line, ink)
            else:
                line += char
        return [*lines, line] if line else lines

    def paragraph(self, x: float, y: float, width: float, text: str, ink: Ink = PRINT, *, lead: float = 1.7) -> float:
        """Set a paragraph with an indent of two characters and return the middle of the line after it."""
        step = ink.points * 25.4 / 72 * lead
        indent = 2 * ink.points * 25.4 / 72
        for number, line in enumerate(self.wrap("\u3000\u3000" + text, width, ink)):
            self.put(x if number else x + indent, y, line.lstrip("\u3000"), ink)
            y += step
        return y

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.25) -> None:
        """Draw a straight line."""
        self.draw.line(
            (self.px(x1), self.px(y1), self.px(x2), self.px(y2)), fill=_PRINT_BLACK, width=max(1, self.px(width))
        )

    def frame(self, x: float, y: float, w: float, h: float, *, width: float = 0.25) -> None:
        """Draw a rectangle."""
        box = (self.px(x), self.px(y), self.px(x + w), self.px(y + h))
        self.draw.rectangle(box, outline=_PRINT_BLACK, width=max(1, self.px(width)))

    def cell(self, area: Area, text: str, ink: Ink = LABEL, *, align: str = "center") -> None:
        """Draw a table cell with its text, broken into lines and made smaller until it fits."""
        x, y, w, h = area
        self.frame(x, y, w, h)
        margin = 1.2
        while True:
            lines = self.wrap(text, w - 2 * margin, ink)
            step = ink.points * 25.4 / 72 * 1.25
            if len(lines) * step <= h or ink.points <= 7:
                break
            ink = ink.sized(ink.points - 0.5)
        top = y + h / 2 - (len(lines) - 1) * step / 2
        anchor = x + w / 2 if align == "center" else x + margin
        for index, line in enumerate(lines):
            self.put(anchor, top + index * step, line, ink, align=align)

    def row(self, x: float, y: float, h: float, *cells: tuple[float, str] | tuple[float, str, Ink]) -> float:
        """Draw cells side by side, each (width, text) or (width, text, ink), and return the next row's top."""
        for cell in cells:
            ink = cell[2] if len(cell) == 3 else LABEL
            self.cell((x, y, cell[0], h), cell[1], ink)
            x += cell[0]
        return y + h

    def archive_stamp(self, x: float, y: float, *cells: str) -> None:
        """Press the archivist's 归档章: two rows of three boxes in red."""
        ink = Ink(8.5, Face.SONG, seal.RED)
        for index, text in enumerate(cells):
            left, top = x + index % 3 * 15, y + index // 3 * 7
            box = (self.px(left), self.px(top), self.px(left + 15), self.px(top + 7))
            self.draw.rectangle(box, outline=seal.RED, width=max(1, self.px(0.3)))
            self.put(left + 7.5, top + 3.5, text, ink, align="center", kind="seal")

    def seal(self, x: float, y: float, text: str, *, diameter: float = 40) -> None:
        """Press a round seal centred on a point."""
        centre = (self.px(x), self.px(y))
        box = seal.stamp_round(self.image, centre, text, diameter=self.px(diameter), rng=self.rng)
        self.lines.append(TextLine(text, box, "seal"))

    def name_stamp(self, x: float, y: float, name: str) -> None:
        """Press a person's square stamp centred on a point."""
        box = seal.stamp_name(self.image, (self.px(x), self.px(y)), name, side=self.px(13), rng=self.rng)
        self.lines.append(TextLine((name + "之印")[:4], box, "seal"))

    def finger(self, x: float, y: float) -> None:
        """Press a fingerprint centred on a point."""
        seal.press_finger(self.image, (self.px(x), self.px(y)), height=self.px(16.5), rng=self.rng)

    def finish(
        self, page_no: int, *, quality: wear.Quality, verso: Image.Image | None = None
    ) -> tuple[Image.Image, PageTruth]:
        """Mark the sheet as fictional, pass it through the scanner and return image and truth."""
        mark = Ink(9, Face.HEI, (136, 136, 136))
        self.put(self.width / 2, self.height - 7, MARK, mark, align="center", kind="mark")
        page = self.image if self.colour is wear.Colour.COLOUR else self.image.convert("L")
        scanned, angle = wear.scan(page, quality=quality, rng=self.rng, verso=verso, holes=self.holes, dpi=self.dpi)
        truth = PageTruth(
            page_no=page_no,
            width=scanned.width,
            height=scanned.height,
            dpi=self.dpi,
            colour_mode=self.colour.value,
            quality=quality.value,
            skew_degrees=angle,
            is_blank=self.is_blank,
            lines=tuple(TextLine(line.text, _turn(line.box, scanned.size, angle), line.kind) for line in self.lines),
            fields=dict(self.fields),
        )
        return _as_scanned(scanned, self.colour), truth


def _turn(box: Box, size: tuple[int, int], angle: float) -> Box:
    """Follow a box through the scanner's skew: the upright box around its turned corners."""
    corners = [wear.turned(x, y, size, angle) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [x for x, _y in corners], [y for _x, y in corners]
    return (round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys)))


def _as_scanned(image: Image.Image, colour: wear.Colour) -> Image.Image:
    if colour is wear.Colour.BILEVEL:
        return image.point(lambda value: 255 * (value > 150)).convert("1", dither=Image.Dither.NONE)
    return image
