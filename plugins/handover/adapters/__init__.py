"""What the handover reads from outside: the table of public holidays."""

from __future__ import annotations
