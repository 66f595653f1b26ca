"""Give all detectors mutated turns: nothing may raise, and every span must lie inside its turn.

Usage: python tools/fuzz_detection.py [--inputs 20000] [--seed 0]

Turns of the shipped cases are cut, joined, repeated, shuffled, and sprinkled with odd characters.
A detector that raises or breaks its contract shows as a problem of the detection. Then turns of
growing length are timed: the time for a character must not grow. The exit code is 1 if anything
was wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from amity.conversation import Conversation, Participant, Role, Turn
from amity.judge import Judge, open_judge

ODD = "\u0000\u200d\u202e\ufeff\ud800\U0001f600é\u0301ß\u0130ﬁ\u3002。!?.…'\u2019\"\n\r\t \u00a0👍🏽0٣"
GROWING = (2_000, 8_000, 32_000)


def mutated(text: str, others: list[str], draw: random.Random) -> str:
    for _ in range(draw.randint(1, 4)):
        at = draw.randint(0, len(text))
        match draw.randint(0, 6):
            case 0:
                text = text[:at] + draw.choice(ODD) * draw.randint(1, 5) + text[at:]
            case 1:
                text = text[:at] + text[at + draw.randint(1, 8) :]
            case 2:
                text = text[:at] + draw.choice(others)
            case 3:
                words = text.split(" ")
                draw.shuffle(words)
                text = " ".join(words)
            case 4:
                text = text[:at] + text[max(0, at - 1) : at] * draw.randint(2, 60) + text[at:]
            case 5:
                text = draw.choice((text.upper(), text.lower(), text.title(), text[::-1]))
            case _:
                text = text.replace(draw.choice("etaoin .,'"), draw.choice(ODD))
    return text


def talk(texts: list[str], roles: list[Role]) -> Conversation:
    people = tuple(Participant(role, role) for role in Role)
    turns = tuple(Turn(role, text) for role, text in zip(roles, texts, strict=True))
    return Conversation("fuzz", people, turns, locale="en")


def fuzz(judge: Judge, inputs: int, draw: random.Random) -> int:
    said = [
        turn.text
        for file in judge.bundle.case_files
        for case in file.cases
        for turn in case.conversation.turns
    ]
    wrong = found = 0
    for _ in range(inputs // 4):
        roles = [draw.choice(list(Role)) for _ in range(4)]
        texts = [mutated(draw.choice(said), said, draw) for _ in roles]
        detection = judge.detect(talk(texts, roles))
        found += len(detection.signals)
        good = all(
            0 <= signal.start < signal.end <= len(texts[signal.turn])
            and signal.quote == texts[signal.turn][signal.start : signal.end]
            for signal in detection.signals
        )
        if detection.problems or not good:
            wrong += 1
            print(detection.problems or "a span lies outside", texts, file=sys.stderr)
    print(f"{inputs // 4 * 4} mutated turns, {found} signals, {wrong} conversations with a fault")
    return wrong


def time_growing(judge: Judge, draw: random.Random) -> None:
    said = [
        turn.text
        for file in judge.bundle.case_files
        for case in file.cases
        for turn in case.conversation.turns
    ]
    for size in GROWING:
        text = ""
        while len(text) < size:
            text += draw.choice(said) + " "
        conversation = talk([text[:size]], [Role.CUSTOMER])
        begun = time.process_time()
        judge.detect(conversation)
        spent = time.process_time() - begun
        print(f"a turn of {size} characters: {spent / size * 1e6:.1f} µs a character")


def main() -> int:
    parser = argparse.ArgumentParser(description="Give all detectors mutated turns.")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)  # noqa: S311 - nothing secret
    judge = open_judge()
    wrong = fuzz(judge, asked.inputs, draw)
    time_growing(judge, draw)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
