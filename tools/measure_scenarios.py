"""Agreement with scenario files: whole conversations with expected and forbidden signals and modules.

    python tools/measure_scenarios.py FOLDER|FILE [--show]

FILE has a scenario on each line (tools/turns/conversations.jsonl.gz); of it the fifth is measured
that nothing was trained on. Each scenario has ``conversation`` and ``expected`` with ``signals`` (turn, signal, must),
``forbidden_signals``, ``modules`` (no_opportunity, met, partly, missed) and ``rank``. Prints figures;
``--show`` adds each disagreement. For measuring only: nothing may be tuned to single files.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whole_conversations import documents, is_unseen

from amity.decision import Decision
from amity.evaluate.outcome import State
from amity.judge import open_judge
from amity.plugins.host import PluginSelection
from amity.service.wire_json import conversation_from_json


def scenarios(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each scenario with its name."""
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            yield file.name, json.loads(file.read_text(encoding="utf-8"))
    else:
        for document in filter(is_unseen, documents(path)):
            yield document["conversation"]["id"], document


def module_outcome(decision: Decision, policy: str) -> str:
    """How a person would call the module's result: by what arose, what was done, what was missed."""
    states = Counter(
        outcome.state for outcome in decision.outcomes if outcome.policy.name == policy
    )
    shown, missed = states[State.SHOWN], states[State.MISSED]
    if not shown and not missed:
        return "no_opportunity"
    if not missed:
        return "met"
    return "partly" if shown else "missed"


def rank_correlation(pairs: list[tuple[float, float]]) -> float:
    """Spearman's rank correlation, ties given their mean rank."""

    def ranks(values: list[float]) -> list[float]:
        ordered = sorted(values)
        return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]

    first, second = (ranks([pair[index] for pair in pairs]) for index in (0, 1))
    mean = (len(pairs) - 1) / 2
    covariance = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    spread = [sum((value - mean) ** 2 for value in values) ** 0.5 for values in (first, second)]
    return covariance / (spread[0] * spread[1]) if all(spread) else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenarios", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--plugin", action="append", default=[], help="only these plugins")
    parser.add_argument("--no-plugin", action="append", default=[], help="not these plugins")
    options = parser.parse_args()
    judge = open_judge(plugins=PluginSelection(tuple(options.plugin), tuple(options.no_plugin)))
    counts: Counter[str] = Counter()
    ranked: list[tuple[float, float]] = []
    for name, document in scenarios(options.scenarios):
        conversation = conversation_from_json(json.dumps(document["conversation"]), name)
        decision = judge.evaluate(conversation)
        found = {(signal.turn, signal.name) for signal in decision.signals}
        expected = document["expected"]
        for item in expected["signals"]:
            kind = "must" if item["must"] else "may"
            hit = (item["turn"], item["signal"]) in found
            counts[f"{kind}"] += 1
            counts[f"{kind} found"] += hit
            if options.show and kind == "must" and not hit:
                print(
                    f"{name} turn {item['turn']} lacks {item['signal']}: {conversation.turns[item['turn']].text[:150]!r}"
                )
        for item in expected["forbidden_signals"]:
            hit = (item["turn"], item["signal"]) in found
            counts["forbidden"] += 1
            counts["forbidden found"] += hit
            if options.show and hit:
                print(
                    f"{name} turn {item['turn']} has {item['signal']}: {conversation.turns[item['turn']].text[:150]!r}"
                )
        for policy, wanted in expected["modules"].items():
            got = module_outcome(decision, policy)
            counts["modules"] += 1
            counts["modules right"] += got == wanted
            if options.show and got != wanted:
                print(f"{name} {policy}: {got}, not {wanted}")
        if decision.score is not None:
            ranked.append((decision.score, expected["rank"]))
    for kind in ("must", "may", "forbidden"):
        total, hits = counts[kind], counts[f"{kind} found"]
        print(f"signals that {kind}: {hits} of {total} found ({hits / max(total, 1):.0%})")
    print(
        f"module outcomes: {counts['modules right']} of {counts['modules']} right ({counts['modules right'] / max(counts['modules'], 1):.0%})"
    )
    print(
        f"rank correlation of the overall score over {len(ranked)} scenarios with a score: {rank_correlation(ranked):.2f}"
    )


if __name__ == "__main__":
    main()
