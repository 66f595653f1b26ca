"""Judging a recorded conversation once more, and saying whether the same bytes come of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from amity.conversation import Conversation
from amity.decision import Decision
from amity.errors import AmityError, Problem
from amity.log.canonical import canonical
from amity.log.documents import conversation_from_document, decision_document
from amity.log.reading import LogReader
from amity.log.record import Kind, Payload

__all__ = ["CannotJudge", "Judges", "Replay", "Result", "replay"]

Rejudge = Callable[[Conversation, bool], Decision]
Judges = Callable[[str], Rejudge]
"""Gives who judges by the policies of a digest, or raises CannotJudge."""


class CannotJudge(AmityError):
    """The policies of a digest are not to be had."""


class Result(StrEnum):
    """What came of a replay."""

    SAME = "same"
    DIFFERENT = "different"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of the replay of the record *seq*, and why if it is not the same.

    The digests are of the canonical bytes of both decisions; empty where there is no such decision.
    """

    seq: int
    decision_id: str
    result: Result
    problems: tuple[Problem, ...] = ()
    recorded_sha256: str = ""
    replayed_sha256: str = ""


def replay(log: LogReader, seq: int, judges: Judges) -> Replay:
    """Judge the conversation of the record *seq* once more, and compare.

    Raises BadRecord where there is no such record.
    """
    payload = log.payload(seq)
    if payload.kind is not Kind.DECISION:
        message = f"the record {seq} is no decision but a record of kind {payload.kind}"
        return _impossible(payload, Problem("R101", message, fix="name a decision's record"))
    if payload.original is None:
        return _impossible(payload, _missing(log, payload))
    return _judged(payload, payload.original, judges)


def _judged(payload: Payload, original: Mapping[str, Any], judges: Judges) -> Replay:
    recorded = original["decision"]
    recorded_bytes = canonical(recorded)
    before = hashlib.sha256(recorded_bytes).hexdigest()
    try:
        judge = judges(recorded.get("policyDigest", ""))
    except CannotJudge as error:
        return _impossible(payload, *error.problems, recorded=before)
    conversation = conversation_from_document(original["conversation"])
    now = decision_document(judge(conversation, recorded.get("open", False)))
    now_bytes = canonical(now)
    is_same = now_bytes == recorded_bytes
    return Replay(
        payload.seq,
        recorded.get("decisionId", ""),
        Result.SAME if is_same else Result.DIFFERENT,
        () if is_same else tuple(_differences(recorded, now)),
        before,
        hashlib.sha256(now_bytes).hexdigest(),
    )


def _impossible(payload: Payload, *problems: Problem, recorded: str = "") -> Replay:
    decision = (payload.view or {}).get("decision", {})
    return Replay(
        payload.seq, decision.get("decisionId", ""), Result.IMPOSSIBLE, problems, recorded
    )


def _missing(log: LogReader, payload: Payload) -> Problem:
    """Why there is no original to judge."""
    if "sealedSha256" not in payload.header:
        message = (
            "only the redacted form of the conversation was kept, and that may judge otherwise"
        )
        return Problem("R102", message, fix="have originals sealed to replay later decisions")
    found = log.sealing(payload.seq)
    if found.is_destroyed:
        message = (
            "the customer's key was destroyed, as the customer asked, and with it the original"
        )
        return Problem("R103", message, fix="nothing can be done, and nothing should be")
    if not found.is_kept:
        message = "the sealed original is not kept any more: its time was over"
        return Problem("R104", message, fix="keep originals for longer, by the retention rules")
    message = "the sealed original cannot be opened here"
    return Problem("R105", message, fix="give the log's master key")


def _differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _versions(recorded.get("plugins", ()), now.get("plugins", ()), "plugin", "version")
    yield from _versions(recorded.get("models", ()), now.get("models", ()), "model", "digest")
    for each in recorded.get("problems", ()):
        message = f"the recorded decision was made with a problem: {each.get('code', '')} {each.get('message', '')}"
        yield Problem("R114", message, fix="the same fault may not have come again")
    outcome = _first_outcome(recorded.get("outcomes", ()), now.get("outcomes", ()))
    if outcome:
        yield outcome
        return
    ours = {"decisionId", "plugins", "models"}
    then, later = ({k: v for k, v in each.items() if k not in ours} for each in (recorded, now))
    path = _first_path(then, later)
    if path:
        was, is_now = _at(then, path), _at(later, path)
        message = f"{was} was recorded, and it is {is_now} now"
        yield Problem("R121", message, field=_path(path), fix="compare the two versions of Amity")


def _versions(
    then: Sequence[Mapping[str, str]], now: Sequence[Mapping[str, str]], what: str, which: str
) -> Iterator[Problem]:
    old = {each.get("name", ""): each.get(which, "") for each in then}
    new = {each.get("name", ""): each.get(which, "") for each in now}
    for name, version in old.items():
        if name not in new:
            message = f"the {what} {name} ({which} {version}) took part, and is not loaded now"
            yield Problem("R111", message, fix=f"install it as it was, at {which} {version}")
        elif new[name] != version:
            message = f"the {what} {name} was at {which} {version}, and is at {new[name]} now"
            yield Problem(
                "R112", message, fix=f"install {which} {version} to compare like with like"
            )
    for name in new.keys() - old.keys():
        message = f"the {what} {name} ({which} {new[name]}) takes part now, and did not then"
        yield Problem("R113", message, fix=f"leave it out with --no-plugin {name}")


def _first_outcome(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Problem | None:
    """The first outcome of then that is not there now, or of now that was not there then."""
    old, new = ([_told(each) for each in outcomes] for outcomes in (then, now))
    for index, (name, turn, state) in enumerate(old):
        if index < len(new) and new[index] == old[index]:
            continue
        others = [found for found in new if found[0] == name]
        at_turn = [found for found in others if found[1] == turn] or others
        became = at_turn[0][2] if at_turn else "not there"
        message = f"{name} was {state}{_where(turn)}, and is {became} now"
        return Problem("R120", message, field=f"outcomes[{index}]", fix=_LOOK)
    if len(new) > len(old):
        name, turn, state = new[len(old)]
        message = f"{name} is {state}{_where(turn)} now, and was not there"
        return Problem("R120", message, field=f"outcomes[{len(old)}]", fix=_LOOK)
    return None


_LOOK = "`amity explain` says why it ends so now"


def _told(outcome: Mapping[str, Any]) -> tuple[str, int, str]:
    opportunity = outcome.get("opportunity")
    turn = -1 if opportunity is None else opportunity.get("turn", 0)
    state = outcome["state"].removeprefix("STATE_").lower().replace("_", " ")
    return f"{outcome['policy']}/{outcome['rule']}", turn, state


def _where(turn: int) -> str:
    return f" in turn {turn}" if turn >= 0 else ""


Path = tuple[str | int, ...]


def _first_path(then: Any, now: Any, path: Path = ()) -> Path | None:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in sorted({*then, *now}):
            found = _first_path(then.get(name), now.get(name), (*path, name))
            if found is not None:
                return found
        return None
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (one, other) in enumerate(zip(then, now, strict=True)):
            found = _first_path(one, other, (*path, index))
            if found is not None:
                return found
        return None
    return None if then == now else path


def _at(value: Any, path: Path) -> str:
    """What is at *path*, told without its words: they may be the customer's."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else value[int(step)]
    if isinstance(value, str):
        return f"a text of {len(value):,} characters"
    if isinstance(value, list | Mapping):
        return f"{len(value):,} members"
    return "nothing" if value is None else str(value)


def _path(path: Path) -> str:
    told = ""
    for step in path:
        told += f"[{step}]" if isinstance(step, int) else f".{step}" if told else step
    return told
