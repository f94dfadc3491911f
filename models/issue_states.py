"""The four issue states of a forest right certificate and the moves between them: forward freely, backward only with a
reason and a second person.

Source: work plan of 2020-07-30, section on the remark column (the four states); the direction rule is a proposal.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import Final


class IssueState(enum.StrEnum):
    """Where the printed book is, from not printed to in the household's hands."""

    UNPRINTED = "UNPRINTED"
    PRINTED_UNSEALED = "PRINTED_UNSEALED"
    PRINTED_SEALED = "PRINTED_SEALED"
    ISSUED = "ISSUED"

    @property
    def rank(self) -> int:
        """Return the place in the order of the procedure, from 0."""
        return list(IssueState).index(self)


class Move(enum.Enum):
    """What a change of state asks for."""

    NONE = "none"
    FORWARD = "forward"
    BACKWARD = "backward"


def move(old: IssueState, new: IssueState) -> Move:
    """Classify a change; BACKWARD needs a reason and an approver who is somebody else."""
    if new is old:
        return Move.NONE
    return Move.FORWARD if new.rank > old.rank else Move.BACKWARD


_WRITTEN: Final = (
    (re.compile(r"(已|全部)?发放到户|已发放(到户)?|已发证|已领取"), IssueState.ISSUED),
    (re.compile(r"已打印(已|并)?盖章(未发放|未发)?"), IssueState.PRINTED_SEALED),
    (re.compile(r"已打印未盖章(未发放)?"), IssueState.PRINTED_UNSEALED),
    (re.compile(r"未打印(未盖章|、未盖章)?(未发放)?"), IssueState.UNPRINTED),
)


def read_state(text: str) -> str:
    """Return the state that a 备注 cell names; "" where it names none of the four. A code of ours is understood too.

    Source: work plan of 2020-07-30 (the four texts); the spellings around them are a proposal (domain reference 2.4).
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).strip(",.;、，。；()（）")
    if plain.upper() in list(IssueState):
        return plain.upper()
    return next((state.value for form, state in _WRITTEN if form.fullmatch(plain)), "")


def is_backward(old: str, new: str) -> bool:
    """Say whether a move between two states of the column goes back; states that are none of the four never do."""
    known = list(IssueState)
    return old in known and new in known and move(IssueState(old), IssueState(new)) is Move.BACKWARD
