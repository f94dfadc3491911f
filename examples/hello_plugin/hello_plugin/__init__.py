"""A complete small plugin: it greets, and counts the 件 that the person may see.

It has a setting, a permission, a page, a menu entry, a home tile, a command, an event handler and a check: one of each,
in the rooms where the built-in plugins keep theirs.
"""

from __future__ import annotations

from hello_plugin import checks, cli, handlers, queries, routes
from hello_plugin.settings import HelloSettings
from lindang.i18n import lazy
from lindang.plugin import Check, MenuItem, Permission, Plugin, Subscription, Tile
from models.events import ItemFiled

READ = "hello:greeting:read"

PLUGIN = Plugin(
    name="hello",
    title=lazy("问候"),
    requires=("catalogue",),
    settings=HelloSettings,
    permissions=(Permission(key=READ, label=lazy("看问候"), roles=frozenset({"archivist", "auditor"})),),
    blueprint=routes.pages,
    menu=(MenuItem(label=lazy("问候"), endpoint="hello.greeting", permission=READ, weight=90),),
    tiles=(Tile(key="hello.items", title=lazy("可见的件"), permission=READ, load=queries.items_tile),),
    commands=cli.hello,
    subscriptions=(Subscription(event=ItemFiled, name="hello.log", handle=handlers.log_filing),),
    checks=(Check(code="X1", title=lazy("每一件都有题名"), run=checks.titles),),
)
