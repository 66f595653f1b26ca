"""Disputes that were decided, as labelled turns: what they say of the signals that a finding rests on.

A dispute is about a rule, and a label about a signal in a turn. What follows from one for the other:

- upheld: the finding is right, and so is each signal that it names;
- overturned, and there should have been no opportunity: what gave rise to it was wrong;
- overturned from missed to shown, or from shown to missed: the occasion was right, and what met or
  broke the rule was wrong. Where nothing was found that should have been, nobody said in which turn
  it is, and there is no label for it;
- anything else says nothing certain.

Where one of several signals was wrong, nobody said which, and none of them is labelled.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from amity.evaluate.outcome import State
from amity.log.disputes import Dispute, DisputeState
from amity.log.record import Payload

__all__ = ["label_lines"]

Json = Mapping[str, Any]
SURE = (State.SHOWN, State.MISSED)


def label_lines(disputes: Iterable[Dispute], payload: Payload) -> Iterator[str]:
    """The turns of one decision of which its *disputes* say something, as lines of labels.

    ``only`` has the signals that were decided about; all others count for nothing. ``disputes``
    says on what the line rests, for whoever reviews it.
    """
    if payload.view is None:
        return
    conversation = payload.view["conversation"]
    said: dict[int, _Turn] = defaultdict(_Turn)
    for dispute in disputes:
        outcomes = payload.view["decision"].get("outcomes", ())
        if dispute.number < len(outcomes):
            right, wrong = _told(dispute, outcomes[dispute.number])
            for signal, is_there in [*((s, True) for s in right), *((s, False) for s in wrong)]:
                said[signal.get("turn", 0)].add(signal, dispute, is_there=is_there)
    for index, turn in sorted(said.items()):
        if line := turn.line(conversation, index):
            yield json.dumps(line, ensure_ascii=False)


def _told(dispute: Dispute, outcome: Json) -> tuple[Sequence[Json], Sequence[Json]]:
    """The signals of *outcome* that were right, and those that were wrong."""
    occasion = outcome.get("opportunity", {}).get("signals", [])
    evidence = outcome.get("evidence", [])
    if dispute.state is DisputeState.UPHELD:
        return [*occasion, *evidence], []
    if dispute.corrected == State.NO_OPPORTUNITY:
        return [], _single(occasion or evidence)
    if dispute.finding in SURE and dispute.corrected in SURE:
        broke = {_key(signal) for signal in evidence}
        right = [signal for signal in occasion if _key(signal) not in broke]
        return right, _single(evidence)
    return [], []


def _single(signals: Sequence[Json]) -> Sequence[Json]:
    return signals if len({_key(signal) for signal in signals}) == 1 else []


def _key(signal: Json) -> tuple[int, str]:
    return signal.get("turn", 0), signal["signal"]


class _Turn:
    """What was decided about the signals of a turn."""

    def __init__(self) -> None:
        self._there: dict[str, set[str]] = defaultdict(set)
        self._not_there: dict[str, set[str]] = defaultdict(set)
        self._disputes: dict[str, Dispute] = {}

    def add(self, signal: Json, dispute: Dispute, *, is_there: bool) -> None:
        said = self._there if is_there else self._not_there
        said[signal["signal"]].add(signal.get("quote", ""))
        self._disputes[dispute.dispute_id] = dispute

    def line(self, conversation: Json, index: int) -> dict[str, Any] | None:
        """The labelled turn; None where the words are not kept, or reviewers disagree on all."""
        roles = {each["id"]: _role(each) for each in conversation["participants"]}
        turns = [
            {"role": roles[turn["participantId"]], "text": turn.get("text", "")}
            for turn in conversation["turns"][: index + 1]
        ]
        decided = {
            name: sorted(filter(None, quotes))
            for name, quotes in sorted({**self._there, **self._not_there}.items())
            if (name in self._there) != (name in self._not_there)
            and all(quote in turns[index]["text"] for quote in quotes)
            and any(quotes)
        }
        if not decided:
            return None
        signals = [
            {"signal": name, "quote": quote}
            for name, quotes in decided.items()
            if name in self._there
            for quote in quotes
        ]
        return {
            **turns[index],
            "context": turns[:index],
            "signals": signals,
            "arguable": [],
            "only": list(decided),
            "disputes": [_about(dispute) for dispute in self._disputes.values()],
        }


def _role(participant: Json) -> str:
    return str(participant["role"]).removeprefix("ROLE_").lower()


def _about(dispute: Dispute) -> dict[str, Any]:
    last = dispute.steps[-1]
    return {
        "disputeId": dispute.dispute_id,
        "seq": dispute.seq,
        "number": dispute.number,
        "policy": dispute.policy,
        "rule": dispute.rule,
        "finding": dispute.finding,
        "decided": dispute.state.value,
        "corrected": dispute.corrected,
        "decidedBy": last.by,
        "reason": last.reason,
    }
