"""Reads of the handover: the ready list, batches, the feedback desk, and the balance of it all."""

from __future__ import annotations
