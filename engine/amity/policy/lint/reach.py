"""What windows can hold and how they lie to each other, without any conversation at hand."""

from __future__ import annotations

from amity.conversation import Role
from amity.policy.model import Window, WindowKind

__all__ = ["covers", "heard_in", "holds_own_move", "overlap"]

_COLLEAGUES = frozenset({Role.COLLEAGUE})
_OTHERS = frozenset(Role) - _COLLEAGUES


def heard_in(window: Window, own: Role) -> frozenset[Role]:
    """Who may speak inside *window*, seen from a move by *own*."""
    track = _COLLEAGUES if own is Role.COLLEAGUE else _OTHERS
    mine = frozenset({own})
    match window.kind:
        case WindowKind.SAME_TURN:
            return mine
        case WindowKind.BEFORE_NEXT:
            heard = track - window.roles
        case WindowKind.TURNS if window.amount == 1 and not window.roles and own not in _COLLEAGUES:
            # Two moves that follow each other are by different roles.
            heard = track - mine
        case _:
            heard = track
    return heard | mine if window.same_turn_too else heard


def holds_own_move(window: Window | None) -> bool:
    """Whether the opportunity's own move lies in *window*; where there is none, it does."""
    return (
        window is None
        or window.same_turn_too
        or window.kind is WindowKind.SAME_TURN
        or _is_whole(window)
    )


def covers(wide: Window | None, narrow: Window | None) -> bool:
    """Whether everything in *narrow* certainly lies in *wide*, seen from the same move."""
    if narrow is None or wide is None:
        return wide is None
    if _is_whole(wide):
        return True
    if _is_whole(narrow) or (holds_own_move(narrow) and not holds_own_move(wide)):
        return False
    if narrow.kind is WindowKind.SAME_TURN:
        return True
    return wide.backward == narrow.backward and _is_longer(wide, narrow)


def _is_whole(window: Window) -> bool:
    return window.kind is WindowKind.CONVERSATION and not window.backward


def _is_longer(wide: Window, narrow: Window) -> bool:
    if wide.kind in {WindowKind.CONVERSATION, WindowKind.REST}:
        return True
    if wide.kind is not narrow.kind:
        return False
    if wide.kind is WindowKind.TURNS:
        # N moves by anybody end no later than N moves by one role.
        is_comparable = narrow.roles in {wide.roles, frozenset()}
        return is_comparable and wide.amount >= narrow.amount
    return wide.roles == narrow.roles and wide.amount >= narrow.amount


def overlap(one: Window | None, other: Window | None) -> bool:
    """Whether the two windows can share a turn, seen from the same move."""
    if one is None or other is None or (holds_own_move(one) and holds_own_move(other)):
        return True
    if _is_whole(one) or _is_whole(other):
        return True
    is_beside = {one.kind, other.kind}.isdisjoint({WindowKind.SAME_TURN})
    return is_beside and one.backward == other.backward
