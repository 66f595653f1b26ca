"""Windows as their author wrote them ("within: 1 agent turn"), read into the model."""

from __future__ import annotations

from amity.conversation import Role
from amity.policy.english import agent_roles
from amity.policy.model import Window, WindowKind
from amity.source import Node, Problems

__all__ = ["read_window"]

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_FIX = (
    'write "same turn", "2 agent turns", "3 turns", "10 minutes", "before the customer\'s next turn", '
    '"the rest of the conversation" or "the conversation"; "before" at the end looks back'
)
_MOST = 1000


def read_window(node: Node, scored: frozenset[Role], problems: Problems) -> Window | None:
    """The window at *node*; None with a problem when it says something else."""
    text = (
        " ".join(node.value.lower().replace("\u2019", "'").split())
        if isinstance(node.value, str)
        else ""
    )
    body = text.removeprefix("same turn or ")
    window = _read(body, text, scored)
    if window is None:
        problems.add("V120", node, f'"{node.plain()}" is not a window', _FIX)
        return None
    if window.kind in {WindowKind.TURNS, WindowKind.TIME} and not 1 <= window.amount <= _limit(
        window
    ):
        problems.add(
            "V121",
            node,
            f'the window "{text}" is empty or too large',
            "choose a number from 1 to 1000",
        )
        return None
    same_turn_too = body != text
    if same_turn_too and window.kind is WindowKind.SAME_TURN:
        problems.add("V120", node, f'"{text}" says the same twice', 'write "same turn"')
        return None
    return Window(window.kind, text, window.amount, window.roles, window.backward, same_turn_too)


def _limit(window: Window) -> int:
    return _MOST * (_SECONDS["day"] if window.kind is WindowKind.TIME else 1)


def _read(body: str, text: str, scored: frozenset[Role]) -> Window | None:
    match body.split():
        case ["same", "turn"]:
            return Window(WindowKind.SAME_TURN, text)
        case ["the", "conversation"]:
            return Window(WindowKind.CONVERSATION, text)
        case ["the", "conversation", "before"]:
            return Window(WindowKind.CONVERSATION, text, backward=True)
        case ["the", "rest", "of", "the", "conversation"]:
            return Window(WindowKind.REST, text)
        case ["before", "the", owner, "next", "turn"] if owner.endswith("'s"):
            roles = _roles(owner.removesuffix("'s"), scored)
            return Window(WindowKind.BEFORE_NEXT, text, roles=roles) if roles else None
        case [amount, *rest] if amount.isascii() and amount.isdigit() and len(amount) <= 6:  # noqa: PLR2004
            return _counted(int(amount), rest, text, scored)
        case _:
            return None


def _counted(amount: int, rest: list[str], text: str, scored: frozenset[Role]) -> Window | None:
    backward = rest[-1:] == ["before"]
    match rest[:-1] if backward else rest:
        case ["turn" | "turns"]:
            return Window(WindowKind.TURNS, text, amount, backward=backward)
        case [who, "turn" | "turns"]:
            roles = _roles(who, scored)
            return Window(WindowKind.TURNS, text, amount, roles, backward) if roles else None
        case [unit] if (seconds := _SECONDS.get(unit.removesuffix("s"))) is not None:
            return Window(WindowKind.TIME, text, amount * seconds, backward=backward)
        case _:
            return None


def _roles(who: str, scored: frozenset[Role]) -> frozenset[Role]:
    """The roles that *who* names; empty if nobody. "Agent" is whoever the policy scores as one."""
    if who == Role.AGENT:
        return agent_roles(scored)
    return frozenset({Role(who)}) if who in tuple(Role) else frozenset()
