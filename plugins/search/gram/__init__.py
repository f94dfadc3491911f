"""Positional bigrams in NumPy arrays: exact substring search over many short texts, without any index library."""

from __future__ import annotations
