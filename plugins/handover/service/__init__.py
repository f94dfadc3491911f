"""The commands of the handover, one module per part of a batch's life. Each takes a unit of work and never commits."""

from __future__ import annotations
