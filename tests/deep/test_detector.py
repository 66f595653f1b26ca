"""The deep detector keeps the contract, reads plain turns as people do, and stands beside others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.judge import Judge, open_judge
from amity.plugins.contract import Finding, views
from amity.plugins.host import PluginSelection
from amity.testkit import check_detector, talk
from amity_deep import DeepDetector, amity_detectors
from amity_deep.weights import load

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
    talk("customer: " + "why " * 400, "agent: " + "We are sorry. " * 100),
    talk("customer: ¿Dónde está mi pedido?", "agent: سلام", locale=""),
]
BESIDE = PluginSelection(enabled=("amity_deep",))


@pytest.fixture(scope="module")
def detector() -> DeepDetector:
    (found,) = amity_detectors()
    assert isinstance(found, DeepDetector)
    return found


@pytest.fixture(scope="module")
def judge() -> Judge:
    return open_judge(plugins=BESIDE)


@pytest.fixture(scope="module")
def deep_alone() -> Judge:
    return open_judge(plugins=PluginSelection(enabled=("amity_crm", "amity_deep")))


def found(detector, *lines, locale="en"):
    turns = views(talk(*lines, locale=locale))
    return {finding.signal for finding in detector.detect(turns[-1:])}


def test_it_is_loaded_beside_the_usual_plugins_only_when_it_is_named(judge):
    assert "deep" in judge.detectors_of("customer.frustration")
    assert "sentences" in judge.detectors_of("customer.frustration")
    assert "deep" not in open_judge().detectors_of("customer.frustration")


def test_it_keeps_the_contract_of_detectors(detector):
    assert check_detector(detector, CONVERSATIONS)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=80), min_size=1, max_size=4))
def test_any_text_is_read_without_fault(texts):
    people = tuple(Participant(role, role) for role in Role)
    turns = tuple(Turn(people[at % len(people)].id, text) for at, text in enumerate(texts))
    check_detector(DeepDetector(load()), [Conversation("t", people, turns, Channel.CHAT)])


@pytest.mark.parametrize(
    ("signal", "lines"),
    [
        ("customer.effort", ["customer: I've been passed round four people today."]),
        ("customer.frustration", ["customer: This is getting ridiculous, I give up."]),
        ("customer.problem", ["customer: My card gets declined at every shop."]),
        ("customer.gratitude", ["agent: All sorted.", "customer: Thank you so much for that."]),
        ("customer.resolution_confirmed", ["agent: Does it work now?", "customer: yes it does"]),
        ("agent.apology", ["customer: It broke.", "agent: I'm sorry that we let you down."]),
        (
            "agent.ownership",
            ["customer: It broke.", "agent: That was our mistake, and I will see it through."],
        ),
        ("agent.clarifying_question", ["customer: It broke.", "agent: Which model is it?"]),
        ("team.support", ["colleague Ana: Swamped.", "colleague Ben: I can take half of those."]),
    ],
)
def test_plain_turns_are_read_as_people_read_them(detector, signal, lines):
    assert signal in found(detector, *lines)


@pytest.mark.parametrize(
    ("signal", "lines"),
    [
        ("customer.gratitude", ["customer: Thanks for nothing."]),
        ("customer.escalation_request", ["customer: My manager at work likes the blue one."]),
        ("agent.apology", ["agent: Sorry, could you repeat the number?"]),
        ("agent.ownership", ["agent: Your parcel is blue."]),
        ("customer.problem", ["customer: ok"]),
    ],
)
def test_what_only_has_the_words_is_not_found(detector, signal, lines):
    assert signal not in found(detector, *lines)


def test_the_same_word_means_what_it_answers(detector):
    assert "customer.resolution_confirmed" in found(
        detector, "agent: Is it all working for you now?", "customer: Yes, it is."
    )
    assert "customer.resolution_confirmed" not in found(
        detector, "agent: Is that the black one?", "customer: Yes, it is."
    )


def test_each_finding_is_the_sentence_that_carries_it(deep_alone):
    text = "  Hello there. I'm so sorry that we lost it!  Which street is it?"
    conversation = Conversation("c", (Participant("a", Role.AGENT),), (Turn("a", text),))
    quotes = {
        (signal.name, signal.quote)
        for signal in deep_alone.detect(conversation).signals
        if [source.detector for source in signal.sources] == ["deep"]
    }
    sentences = {"Hello there.", "I'm so sorry that we lost it!", "Which street is it?"}
    assert quotes
    assert {quote for _, quote in quotes} <= sentences


def test_what_others_say_of_the_same_words_is_merged_and_each_is_named(judge):
    conversation = talk("customer: It broke.", "agent: I'm so sorry that we let you down.")
    (apology,) = [
        signal for signal in judge.detect(conversation).signals if signal.name == "agent.apology"
    ]
    assert {source.detector for source in apology.sources} >= {"cues", "deep"}
    assert apology.score > 0.9


@pytest.mark.parametrize("is_fresh", [True, False])
def test_it_has_an_opinion_of_each_sentence_that_is_found(detector, is_fresh):
    turns = views(talk("agent: Your order number is 44. I'm so sorry we let you down."))
    if not is_fresh:
        list(detector.detect(turns))
    sorry, number, of_another, unknown = detector.opinions(
        turns,
        [
            Finding("agent.apology", 0, 29, 42, 0.8),
            Finding("agent.apology", 0, 0, 10, 0.8),
            Finding("customer.anger", 0, 0, 10, 0.8),
            Finding("acme.other", 0, 0, 10, 0.8),
        ],
    )
    assert sorry > 0.5 > number
    assert of_another is None
    assert unknown is None


def test_the_end_of_a_long_turn_is_read(detector):
    text = "The weather was fine on that day and we walked to the shop. " * 60
    turns = views(talk(f"customer: {text}I want to speak to your manager right now."))
    asked = [f for f in detector.detect(turns) if f.signal == "customer.escalation_request"]
    assert [text_ for f in asked if (text_ := turns[0].text[f.start : f.end])] == [
        "I want to speak to your manager right now."
    ]


def test_other_languages_are_left_to_others(detector):
    assert found(detector, "customer: Thank you so much!", locale="en")
    assert not found(detector, "customer: Thank you so much!", locale="fr")


def test_threads_that_read_at_once_find_the_same(detector):
    def read(conversation):
        return list(detector.detect(views(conversation)))

    alone = [read(conversation) for conversation in CONVERSATIONS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, CONVERSATIONS * 3)) == alone * 3


def test_decisions_name_it_with_the_digest_of_its_weights(judge):
    decision = judge.evaluate(talk("customer: I am furious"))
    (version,) = [plugin.version for plugin in decision.plugins if plugin.name == "amity_deep"]
    assert len(version.partition("+")[2]) == 16
