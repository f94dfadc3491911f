"""The small host of 林档: it collects plugins, owns transactions, events, jobs, the journal and the web shell.

Nothing in this package knows what the archive is about; that vocabulary lives in ``models`` and in the plugins.
"""

from __future__ import annotations

__version__ = "0.1.0"
