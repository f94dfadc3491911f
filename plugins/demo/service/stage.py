"""The stage on which the demonstration is played: the running application, the drawn village, and its users at their desks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from lindang.errors import Unavailable
from lindang.host import Host
from lindang.worker import drain
from models.archive import ArchiveFile
from models.intake import RECEIVED, IntakeFile
from plugins.demo.adapters.marker import Marker
from plugins.demo.adapters.visitor import Visitor
from plugins.demo.domain.values import Household, Village
from plugins.demo.drawing.render import VillageDrawing
from plugins.demo.drawing.truth import HouseholdTruth, VillageTruth

PAPERS = "demo"
_PATIENCE_SECONDS = 1800
_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Stage:
    """What every step of the build needs.

    Attributes:
        host: the archive being built.
        app: its web application.
        drawing: the village, as far as it is drawn.
        marker: what has been done, and the passwords.
        dpi: resolution of what is still to be drawn.
        say: tells the person at the terminal how far it is.
    """

    host: Host
    app: Flask
    drawing: VillageDrawing
    marker: Marker
    dpi: int
    say: Callable[[str], None]
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, login: str) -> Visitor:
        """Return one of the users, logged in."""
        if login not in self._visitors:
            visitor = Visitor(self.app)
            visitor.log_in(login, self.marker.passwords[login])
            self._visitors[login] = visitor
        return self._visitors[login]

    def settle(self) -> None:
        """Wait until the background has nothing left to do."""
        drain(self.host)

    @property
    def village(self) -> Village:
        """Who lives there."""
        return self.drawing.village

    @property
    def truth(self) -> VillageTruth:
        """The whole drawn village; waits until it is."""
        return self.drawing.finish()

    @property
    def papers(self) -> Path:
        """The folder of the drawn papers."""
        return self.host.data_dir / PAPERS

    def drawn(self, household: Household) -> HouseholdTruth:
        """Return a household with its files."""
        return self.truth.households[household.index]

    def file_id(self, household: Household) -> int:
        """Return the id of the 案卷 that the household's folder became, once all that came in it is decided."""
        ours = IntakeFile.relative_path.startswith(f"{household.folder_name}/", autoescape=True)
        undecided = select(IntakeFile.id).where(ours, IntakeFile.state == RECEIVED).limit(1)
        query = select(ArchiveFile.id).where(ArchiveFile.folder_name == household.folder_name)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with self.host.view() as session:
                found = session.scalar(query)
                if found is not None and session.scalar(undecided) is None:
                    return found
            time.sleep(_LOOK_SECONDS)
        raise Unavailable(f"{household.folder_name} is not filed")


Step = Callable[[Stage], None]
