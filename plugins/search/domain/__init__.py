"""The pure rules of searching: folding, query grammar, matching, snippets, and the port of the engine."""

from __future__ import annotations
