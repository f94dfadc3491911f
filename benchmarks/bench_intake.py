"""How well and how fast scans are read: ``make bench-intake`` or ``python -m benchmarks.bench_intake``.

Draws seeded papers of a fictional village (three quality classes; print of several shops and a hand, seals over text, bleed
through, skew, folds, grain; a sixth of the pages lies turned), takes them through the intake's own steps and holds the
outcome against what was drawn. For every engine and class: edits that the written lines need (each line is looked for in
the page's text; widths, blanks and signs levelled), characters that nobody wrote, CPU seconds of each step; then certificate
numbers, serials, application and identity numbers, page by page and as the file votes: exactly right, wrong, and wrong
although called sure. Leaves the same figures in ``build/bench_intake.json``.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}  # before any library starts its threads

import argparse
import json
import resource
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.reading_truth import Characters, Drawing, DrawnPage, Numbers
from lindang.ports import OcrEngine
from models.identifiers import cert_key
from plugins.demo.drawing.wear import Quality
from plugins.ingest.adapters.engines import ENGINES, EngineOptions, choose
from plugins.ingest.reading import read_page

REPORT: Final = Path(__file__).resolve().parent.parent / "build" / "bench_intake.json"
