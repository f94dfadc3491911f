"""The section ``[plugins.register]``."""

from __future__ import annotations

from lindang.config import Section


class RegisterSettings(Section):
    """Settings of the register."""
