"""The conversations that come with Amity, written for the demonstration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from amity.errors import AmityError, Problem

__all__ = ["Sample", "sample_called", "samples"]

# The order tells a story: from the best case to what needs the most thought.
_ORDER = (
    "excellent-recovery",
    "dismissive",
    "missed-then-repaired",
    "hollow-empathy",
    "no-opportunity",
    "public-review",
    "phone-call",
    "bot-then-agent",
    "colleagues-thread",
    "still-open",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation with a title and a sentence on what to look at."""

    name: str
    title: str
    look_at: str
    is_open: bool
    conversation: dict[str, Any]

    @property
    def conversation_json(self) -> str:
        """The JSON of the conversation alone."""
        return json.dumps(self.conversation)

    @property
    def request(self) -> str:
        """The JSON of an EvaluateRequest, for `grpcurl` or `amity evaluate`."""
        request: dict[str, Any] = {"conversation": self.conversation}
        if self.is_open:
            request["open"] = True
        return json.dumps(request, indent=2, ensure_ascii=False)


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, in the order in which the demonstration shows them."""
    return tuple(map(_load, _ORDER))


def _load(name: str) -> Sample:
    text = (files("amity") / "samples" / f"{name}.json").read_text(encoding="utf-8")
    plain = json.loads(text)
    return Sample(
        name, plain["title"], plain["lookAt"], plain.get("open", False), plain["conversation"]
    )


def sample_called(name: str) -> Sample:
    """The sample called *name*; AmityError with the nearest name if there is none."""
    from amity.fields import nearest

    by_name = {sample.name: sample for sample in samples()}
    if name not in by_name:
        problem = Problem("I106", f'there is no sample "{name}"', fix=nearest(name, list(by_name)))
        raise AmityError("That sample is not known.", [problem])
    return by_name[name]
