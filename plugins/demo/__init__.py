"""The demonstration: a fictional village with its papers, accounts and batches, in a data folder of its own."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import Plugin
from plugins.demo.cli import demo
from plugins.demo.service.accounts import account_lines

PLUGIN = Plugin(
    name="demo",
    title=lazy("演示"),
    commands=demo,
    setup_links=account_lines,
)
