"""The section ``[plugins.hello]`` of config.toml."""

from __future__ import annotations

from pydantic import Field

from lindang.config import Section


class HelloSettings(Section):
    """What the office may choose."""

    greeting: str = Field("您好", min_length=1, max_length=40, description="问候语")
