"""State machines as data. A machine is a set of steps; each step says from where to where, under which name, who may take
it and which guards must hold. Nothing else in the plugin decides whether a state may follow another, so that the tables in
`states` can be read against the rule text line by line, and tested against the database of a running system.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from lindang.errors import Conflict
from lindang.i18n import _

SYSTEM: Final = ""
"""The permission of a step that the system itself takes."""

S = TypeVar("S", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[S]):
    """One permitted step: its name, where it leads from and to, who may take it, and what must hold."""

    action: str
    source: S
    target: S
    permission: str = SYSTEM
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """All steps of one kind of object, and the state in which it begins."""

    initial: S
    steps: tuple[Step[S], ...]

    def step(self, state: S, action: str) -> Step[S]:
        """Return the step named `action` from `state`.

        Raises:
            Conflict: there is no such step, in words for the person who tried.
        """
        for step in self.steps:
            if step.source is state and step.action == action:
                return step
        raise Conflict(
            _("当前状态（%(state)s）下不能办理这一步（%(action)s）", state=state.value, action=action),
            remedy=_("可能已有人先办理了，请刷新页面查看最新状态。"),
        )

    def next_state(self, state: S, action: str) -> S:
        """Return the state that `action` leads to. Raises Conflict when there is no such step."""
        return self.step(state, action).target

    def steps_from(self, state: S) -> tuple[Step[S], ...]:
        """Return every step that leaves `state`, in the order of the table."""
        return tuple(step for step in self.steps if step.source is state)

    def allowed(self, state: S, permissions: Collection[str]) -> tuple[Step[S], ...]:
        """Return the steps from `state` that a holder of `permissions` may take; the system's own are left out."""
        return tuple(step for step in self.steps_from(state) if step.permission and step.permission in permissions)

    def is_final(self, state: S) -> bool:
        """Tell whether nothing leads out of `state`."""
        return not self.steps_from(state)

    def path_exists(self, source: S, target: S) -> bool:
        """Tell whether one step leads from `source` to `target`."""
        return any(step.target is target for step in self.steps_from(source))
