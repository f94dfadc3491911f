"""The four issue states of a forest right certificate and the moves between them: forward freely, backward only with a
reason and a second person.

Source: work plan of 2020-07-30, section on the remark column (the four states); the direction rule is a proposal.
"""

from __future__ import annotations

import enum


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
