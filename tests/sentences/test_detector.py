"""The sentence detector keeps the contract, is quick, and reads plain sentences as people do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.plugins.contract import Finding, views
from amity.plugins.host import PluginSelection, load_plugins
from amity.testkit import check_detector, talk
from amity_sentences import SentenceDetector, amity_detectors
from amity_sentences.weights import load

CONVERSATIONS = [
    talk(
        "customer: It broke again.", "agent: I'm so sorry. I'll replace it today.", "customer: ok"
    ),
    talk(
        "customer: Where is my parcel? I was promised Tuesday.", "bot: Let me look.", "agent: Hi!"
    ),
    talk("agent: Does it work now?", "customer: yes", "agent: Fantastic!", "customer: thank you!!"),
    talk("colleague Ana: Lovely way you handled that call.", "colleague Ben: Cheers, you too."),
    talk(
        "customer: 😀😀",
        "agent: …",
        "customer:",
        "agent: \x00\x01",
        "customer: \U0001f468\u200d\U0001f469",
    ),
    talk("customer: " + "why " * 3_000, "agent: " + "We are sorry. " * 800),
    talk("customer: ¿Dónde está mi pedido?", "agent: سلام", locale=""),
]


@pytest.fixture(scope="module")
def detector() -> SentenceDetector:
    (found,) = amity_detectors()
    assert isinstance(found, SentenceDetector)
    return found


def found(detector, *lines, locale="en"):
    turns = views(talk(*lines, locale=locale))
    return {finding.signal for finding in detector.detect(turns[-1:])}


def test_the_plugin_loads_by_name():
    host = load_plugins(PluginSelection(enabled=("amity_sentences",)))
    assert host.problems == ()


def test_it_keeps_the_contract_of_detectors(detector):
    assert check_detector(detector, CONVERSATIONS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=80), min_size=1, max_size=4))
def test_any_text_is_read_without_fault(texts):
    people = tuple(Participant(role, role) for role in Role)
    turns = tuple(Turn(people[at % len(people)].id, text) for at, text in enumerate(texts))
    check_detector(SentenceDetector(SUBJECTS), [Conversation("t", people, turns, Channel.CHAT)])


SUBJECTS = load()


@pytest.mark.parametrize(
    "text", ["\ud800" * 100_000, "a" * 100_000, "why. " * 20_000, "é\u0301" * 50_000, "?!" * 50_000]
)
def test_hostile_turns_take_linear_time(detector, text):
    turns = views(Conversation("t", (Participant("c", Role.CUSTOMER),), (Turn("c", text),)))
    begun = time.process_time()
    list(detector.detect(turns))
    assert time.process_time() - begun < 2


def test_scores_are_probabilities_from_the_threshold_of_the_signal_on(detector):
    least = {
        signal: threshold
        for subject in SUBJECTS.values()
        for signal, threshold in zip(subject.signals, subject.calibration.threshold, strict=True)
    }
    findings = check_detector(detector, CONVERSATIONS)
    assert all(finding.score >= least[finding.signal] - 1e-4 for finding in findings)


def test_a_finding_is_the_sentence_that_carries_it(detector):
    text = "Thanks for waiting. I'm so sorry that we let you down. What is your postcode?"
    turns = views(talk(f"agent: {text}"))
    quotes = {f.signal: text[f.start : f.end] for f in detector.detect(turns)}
    assert quotes["agent.apology"] == "I'm so sorry that we let you down."
    assert quotes["agent.clarifying_question"] == "What is your postcode?"


def test_other_languages_are_left_alone(detector):
    lines = ("customer: I want to speak to your manager right now",)
    assert found(detector, *lines, locale="en-GB")
    assert not found(detector, *lines, locale="de")


MUST = [
    ("customer.escalation_request", "customer: Can I please speak to a manager or a supervisor?"),
    ("customer.gratitude", "customer: Thank you so much for your help today, I appreciate it."),
    ("customer.problem", "customer: My internet connection keeps dropping and the app crashes."),
    (
        "agent.apology",
        "agent: I'm really sorry that we got this wrong and for the trouble it caused.",
    ),
    ("agent.clarifying_question", "agent: Could you tell me which model you have?"),
    ("agent.expectation", "agent: You will receive the replacement within three working days."),
    ("agent.commitment", "agent: I'll call you back tomorrow before noon."),
    ("team.support", "colleague: Pass her over to me, I can take that call for you."),
]
MUST_NOT = [
    ("customer.escalation_request", "customer: What time do you open on Saturday?"),
    ("customer.gratitude", "customer: The kettle leaks from the bottom."),
    ("customer.anger", "customer: Could you tell me the price of the blue one please?"),
    ("customer.legal_threat", "customer: Thank you, that is very kind."),
    ("agent.apology", "agent: Which colour would you like?"),
    ("agent.dismissal", "agent: I'm so sorry, I'll send a new one today."),
    ("agent.blame_shift", "agent: Good morning, how can I help?"),
    ("team.blame", "colleague: Brilliant work on that case, Sam."),
]


@pytest.mark.parametrize(("signal", "line"), MUST)
def test_plain_sentences_are_read(detector, signal, line):
    assert signal in found(detector, line)


@pytest.mark.parametrize(("signal", "line"), MUST_NOT)
def test_other_sentences_are_not(detector, signal, line):
    assert signal not in found(detector, line)


def test_a_bare_yes_is_read_by_the_question_before(detector):
    assert "customer.resolution_confirmed" in found(
        detector, "agent: Is everything working now?", "customer: yes it is"
    )
    assert "customer.resolution_confirmed" not in found(
        detector, "agent: Would you like to add a drink?", "customer: yes please"
    )


def test_memory_that_is_full_changes_nothing(detector):
    fresh = SentenceDetector(load())
    crowd = talk(*(f"customer: word{at} other{at} third{at}{'x' * (at % 9)}" for at in range(200)))
    list(fresh.detect(views(crowd)))
    fresh._subjects["customer"]._own.forget()
    for conversation in CONVERSATIONS:
        turns = views(conversation)
        assert list(fresh.detect(turns)) == list(detector.detect(turns))


@pytest.mark.parametrize("is_fresh", [True, False])
def test_it_has_an_opinion_of_each_sentence_that_is_found(detector, is_fresh):
    turns = views(talk("agent: Your order number is 44. I'm so sorry we let you down."))
    if not is_fresh:
        list(detector.detect(turns))
    asked = [
        Finding("agent.apology", 0, 29, 42, 0.8),
        Finding("agent.apology", 0, 0, 10, 0.8),
        Finding("customer.anger", 0, 0, 10, 0.8),
        Finding("acme.other", 0, 0, 10, 0.8),
    ]
    sorry, number, of_another, unknown = detector.opinions(turns, asked)
    assert sorry > 0.5 > number
    assert of_another is None
    assert unknown is None


def test_it_has_no_opinion_in_another_language(detector):
    turns = views(talk("customer: Das ist eine Frechheit.", locale="de"))
    assert detector.opinions(turns, [Finding("customer.anger", 0, 0, 3, 0.8)]) == [None]
