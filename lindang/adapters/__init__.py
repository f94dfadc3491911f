"""Implementations of the host's ports; the only place where queue, cloud and broker libraries are imported."""

from __future__ import annotations
