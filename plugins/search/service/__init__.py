"""What the search plugin does: answer, keep the index in step, look persons up."""

from __future__ import annotations
