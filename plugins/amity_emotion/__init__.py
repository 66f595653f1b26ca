"""Says which emotion the words of a customer carry: a small model that can show its sum.

It reads customers and nobody else, English only. It adds to signals that detectors found, and
reports none of its own; why, and how well it reads: ``card.md`` and docs/emotion.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amity.sdk import Refiner, Role, Signal, TurnView, hookimpl
from amity_emotion.reading import Reader
from amity_emotion.weights import digest, load

__all__ = ["AMITY_API", "AMITY_DIGEST", "EmotionRefiner", "amity_refiners"]

AMITY_API = 1
AMITY_DIGEST = digest()

# An emotion is named only where it can be what the signal means: a word of thanks in a complaint, or
# "furious" read by its pieces as curious, would mislead whoever reads the decision.
_GLAD_SIGNALS = ("gratitude", "praise", "resolution_confirmed", "satisfaction")
_OTHER_SIGNALS = (
    "abuse",
    "anger",
    "anxiety",
    "churn_threat",
    "complaint",
    "confusion",
    "disappointment",
    "effort",
    "escalation_request",
    "frustration",
    "legal_threat",
    "problem",
    "repeat_contact",
    "review_threat",
    "sarcasm",
    "unresolved",
    "urgency",
    "vulnerability",
)
_GLAD = frozenset(
    {
        "admiration",
        "amusement",
        "approval",
        "caring",
        "excitement",
        "gratitude",
        "joy",
        "love",
        "optimism",
        "pride",
        "relief",
    }
)
_BAD = frozenset(
    {
        "anger",
        "annoyance",
        "confusion",
        "disappointment",
        "disapproval",
        "disgust",
        "embarrassment",
        "fear",
        "grief",
        "nervousness",
        "remorse",
        "sadness",
    }
)
_MEANT = {f"customer.{name}": _GLAD for name in _GLAD_SIGNALS} | {
    f"customer.{name}": _BAD for name in _OTHER_SIGNALS
}


class EmotionRefiner:
    """Says of what customers show which emotion its sentence carries, by which words.

    Attributes: ``emotion``, the strongest of those labels of GoEmotions that the signal can mean (glad
    ones for thanks, praise and success, bad ones for all others), with ``emotion_score``, how likely
    it is, and ``emotion_words``, up to three words that spoke for it most, the strongest first; none
    of the three where none is likely enough. ``negative``: how likely
    the turn is one of complaint or bad feeling. It cannot tell sincere thanks from hollow ones, and
    no emotion marks a turn as satisfied: signals come from detectors alone.
    """

    name = "emotion"
    signals = frozenset(_MEANT)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def refine(self, turn: TurnView, signal: Signal) -> Mapping[str, str]:
        """What the sentences around *signal* carry."""
        if turn.role is not Role.CUSTOMER or turn.language not in {"", "en"}:
            return {}
        said = self._reader.read(turn.text)
        added = {"negative": f"{said.negative:.2f}"}
        meant = _MEANT[signal.name]
        if feeling := self._reader.feeling(turn.text, signal.start, signal.end, meant):
            added["emotion"] = feeling.label
            added["emotion_score"] = f"{feeling.score:.2f}"
            added["emotion_words"] = "; ".join(feeling.words)
        return added


@hookimpl
def amity_refiners() -> Iterable[Refiner]:
    """One refiner."""
    return [EmotionRefiner(Reader(load()))]
