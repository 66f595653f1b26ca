"""The emotion model reads customers alone, tells the words it goes by, and says the same of a text always."""

from __future__ import annotations

import hashlib
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.conversation import Conversation, Participant, Role, Turn
from amity.judge import open_judge
from amity.plugins.contract import Refiner, TurnView, views
from amity.plugins.host import PluginSelection
from amity.signals import Signal
from amity.testkit import talk
from amity_emotion import EmotionRefiner, amity_refiners
from amity_emotion.model import Model
from amity_emotion.reading import Reader
from amity_emotion.split import sentences
from amity_emotion.weights import HERE, digest, load

CARD = (HERE / "card.md").read_text(encoding="utf-8")
LINES = [
    "This is getting ridiculous, third time I've called!",
    "thank you soooo much, you’ve been brilliant 😀",
    "I'm really worried I'll lose my flat",
    "",
    "…",
    "\ud800",
    "ok",
    "a b a b a b a b",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return load().model


@pytest.fixture(scope="module")
def refiner() -> EmotionRefiner:
    [found] = amity_refiners()
    assert isinstance(found, EmotionRefiner)
    return found


def asked(
    refiner: Refiner, turn: TurnView, name: str = "customer.anger", start: int = 0, end: int = 0
):
    end = end or len(turn.text)
    signal = Signal(name, turn.index, start, end, turn.text[start:end], 0.9, (), {})
    return dict(refiner.refine(turn, signal))


def test_the_card_has_the_digest_of_what_is_shipped():
    assert hashlib.sha256((HERE / "weights.npz").read_bytes()).hexdigest() == digest()
    assert digest() in CARD


def test_the_weights_are_below_eight_megabytes():
    assert (HERE / "weights.npz").stat().st_size < 8_000_000


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("label", ["anger", "gratitude", "negative"])
def test_the_shares_of_the_words_are_the_logit_exactly(model, text, label):
    logit = float(model.logits([text])[0, model.labels.index(label)])
    start, shares = model.shares(text, label)
    assert sum(share.gave for share in shares) + start == pytest.approx(logit, abs=1e-4)


@given(st.text(st.characters(codec=None), max_size=120))
def test_the_shares_of_any_text_are_its_logit_and_stand_inside_it(text):
    model = load().model
    start, shares = model.shares(text, "annoyance")
    logit = float(model.logits([text])[0, model.labels.index("annoyance")])
    given = sum(share.gave for share in shares)
    assert given + start == pytest.approx(logit, rel=1e-4, abs=1e-3)
    assert all(0 <= start < end <= len(text) for share in shares for start, end in share.words)


def test_what_a_word_gives_depends_on_the_words_beside_it(model):
    def gave(text: str, word: str) -> float:
        _, shares = model.shares(text, "gratitude")
        place = text.index(word), text.index(word) + len(word)
        size = len(text.split())
        return next(share.gave for share in shares if share.words == (place,)) * size**0.5

    assert gave("thanks", "thanks") != pytest.approx(gave("thanks for nothing", "thanks"), rel=0.01)


def test_what_is_said_of_a_text_does_not_depend_on_those_beside_it(model):
    together = model.logits(LINES * 30)
    alone = [model.logits([text])[0] for text in LINES]
    for at, line in enumerate(together):
        assert line.tolist() == alone[at % len(LINES)].tolist()


def test_a_memory_that_is_full_changes_nothing(model):
    before = model.logits(LINES)
    for first in range(0, 14_000, 100):
        model.logits(
            [
                " ".join(
                    f"{chr(97 + at % 26)}w{chr(97 + at // 26 % 26)}{'x' * (at // 676)}"
                    for at in range(first, first + 100)
                )
            ]
        )
    assert model.logits(LINES).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("line", "emotions"),
    [
        ("I am so angry, this is outrageous and I hate it", {"anger", "annoyance"}),
        ("I'm so sad and disappointed about this", {"sadness", "disappointment"}),
        ("I'm scared and terrified that I will lose it all", {"fear"}),
    ],
)
def test_plain_feelings_are_named_with_their_words(refiner, line, emotions):
    added = asked(refiner, views(talk(f"customer: {line}"))[0])
    assert added["emotion"] in emotions
    assert 0 <= float(added["emotion_score"]) <= 1
    assert all(words in line for words in added["emotion_words"].split("; "))


def test_only_the_sentence_of_the_signal_is_named(refiner):
    line = "Thank you so much for your help. I am so angry, I hate this."
    turn = views(talk(f"customer: {line}"))[0]
    thanks, angry = "customer.gratitude", line.index("angry")
    assert asked(refiner, turn, thanks, end=9)["emotion"] == "gratitude"
    assert asked(refiner, turn, start=angry)["emotion"] == "anger"
    assert "emotion" not in asked(refiner, turn, thanks, start=angry)


def test_no_glad_emotion_is_named_on_a_complaint_however_it_is_worded(refiner):
    turn = views(
        talk("customer: Thanks for nothing, what a wonderful, lovely, brilliant company.")
    )[0]
    for name in ("customer.complaint", "customer.sarcasm", "customer.frustration"):
        assert asked(refiner, turn, name).get("emotion") not in {
            "gratitude",
            "admiration",
            "joy",
            "love",
        }


def test_every_emotion_that_is_named_is_one_of_the_model_and_has_its_words(refiner):
    turn = views(talk("customer: I'm so happy, thank you! I love it."))[0]
    added = asked(refiner, turn, "customer.praise")
    assert added["emotion"] in load().emotions
    assert added["emotion_words"]


def test_nobody_but_customers_is_read(refiner):
    for role in ("agent", "bot", "colleague"):
        turn = views(talk(f"{role}: I am so angry, I hate this."))[0]
        assert asked(refiner, turn) == {}


def test_it_asks_for_signals_of_customers_alone(refiner):
    assert all(name.startswith("customer.") for name in refiner.signals)


def test_other_languages_are_left_alone(refiner):
    turn = views(talk("customer: I am so angry, I hate this.", locale="de"))[0]
    assert asked(refiner, turn) == {}


def test_no_emotion_makes_a_signal(refiner):
    quiet = PluginSelection(enabled=("amity_crm", "amity_emotion"))
    judge = open_judge(plugins=quiet)
    conversation = talk("customer: Thank you so much, I love it!", "agent: I hate this.")
    assert judge.detect(conversation).signals == []


def test_signals_of_detectors_carry_the_emotion():
    judge = open_judge(
        plugins=PluginSelection(enabled=("amity_crm", "amity_cues", "amity_emotion"))
    )
    found = judge.detect(talk("customer: I'm furious, I hate this, so angry!")).signals
    told = [signal.attributes["emotion"] for signal in found if signal.name == "customer.anger"]
    assert told
    assert set(told) <= {"anger", "annoyance"}


@given(st.text(st.characters(codec=None), max_size=300), st.integers(0, 300), st.integers(1, 300))
def test_any_text_is_read_without_fault(text, start, size):
    people = (Participant("c", Role.CUSTOMER),)
    turn = views(Conversation("t", people, (Turn("c", text),)))[0]
    start = min(start, max(0, len(text) - 1))
    signal = Signal("customer.anger", 0, start, start + size, "", 0.9, (), {})
    added = EmotionRefiner(Reader(load())).refine(turn, signal)
    assert 0 <= float(added["negative"]) <= 1


@pytest.mark.parametrize(
    "text", ["\ud800" * 100_000, "a" * 100_000, "why. " * 20_000, "é\u0301" * 50_000, "?!" * 50_000]
)
def test_hostile_turns_take_linear_time(refiner, text):
    turn = views(Conversation("t", (Participant("c", Role.CUSTOMER),), (Turn("c", text),)))[0]
    begun = time.process_time()
    asked(refiner, turn)
    assert time.process_time() - begun < 2


@given(st.text(st.characters(codec=None) | st.sampled_from(" .!?\n…"), max_size=200))
def test_sentences_stand_in_order_inside_their_text(text):
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert sum(end - start for start, end in spans) >= len("".join(text.split()))
