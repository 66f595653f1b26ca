"""Replies are held against what this customer said, and only against that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.judge import open_judge
from amity.testkit import check_detector, talk
from amity_listening import ListeningDetector, amity_detectors
from amity_listening.words import content, sentences


def heard(*lines: str) -> list[tuple[str, str]]:
    conversation = talk(*lines)
    found = check_detector(ListeningDetector(), [conversation])
    return [
        (one.signal.removeprefix("agent."), conversation.turns[one.turn].text[one.start : one.end])
        for one in found
    ]


@pytest.mark.parametrize(
    "reply",
    [
        "So the sofa came with a torn cushion and the courier left. I'll send a new one.",
        "If I've understood, the cushion of your sofa was torn on delivery?",
        "Torn sofa cushion, straight off the van, is that right?",
    ],
)
def test_giving_back_what_was_said_is_a_paraphrase(reply):
    said = (
        "customer: My sofa was delivered with the cushion torn and the courier drove off the van."
    )
    assert ("paraphrase", reply.partition(". ")[0] + ("." if ". " in reply else "")) in heard(
        said, f"agent: {reply}"
    )


@pytest.mark.parametrize(
    "reply",
    [
        "So what is your order number?",
        "If I've understood, you have a question.",
        "The sofa and the cushion are both in our catalogue.",
    ],
)
def test_what_gives_nothing_back_is_none(reply):
    said = "customer: My sofa was delivered with the cushion torn."
    assert not [each for each in heard(said, f"agent: {reply}") if each[0] == "paraphrase"]


def test_advice_to_do_what_was_done_is_a_non_answer():
    said = "customer: I already restarted the router three times, it didn't help."
    assert heard(said, "agent: Please restart your router.") == [
        ("non_answer", "Please restart your router.")
    ]
    assert not heard(
        said, "agent: You've restarted the router already, so please try another cable."
    )
    assert not heard("customer: The router is dead.", "agent: Please restart your router.")


def test_the_same_message_again_is_a_non_answer():
    stock = (
        "We have passed the details of your claim to the assessors, who will review the documents"
    )
    found = heard(
        "customer: Where is my claim?",
        f"agent: {stock}",
        "customer: That was May.",
        f"agent: {stock}.",
    )
    assert found == [("non_answer", f"{stock}.")]
    assert not heard("customer: Where is my claim?", f"agent: {stock}", f"agent: {stock}")


def test_the_customers_own_life_taken_up_is_personal():
    said = "customer: The cake is for my daughter's birthday on Friday."
    assert ("personalisation", "your daughter") in [
        (signal, " ".join(quote.split()[:2]))
        for signal, quote in heard(said, "agent: It will be there for your daughter, I promise.")
    ]
    assert not heard(said, "agent: It will be there for your order number 7.")
    assert not heard("customer: The cake is late.", "agent: Your daughter may sign for it.")


def test_stock_sympathy_without_a_word_of_the_matter_is_hollow():
    said = "customer: The crib collapsed with my baby in it."
    assert heard(said, "agent: We understand your concern. Please send a picture.") == [
        ("scripted", "We understand your concern")
    ]
    assert not heard(said, "agent: We understand your concern, a crib must never collapse.")


def test_nothing_is_found_before_a_customer_has_spoken_or_in_another_language():
    assert not heard("agent: We understand your concern.")
    german = talk(
        "customer: Die Wiege ist kaputt", "agent: We understand your concern", locale="de"
    )
    assert not check_detector(ListeningDetector(), [german])


def test_words_are_compared_by_their_stems():
    assert content("It leaks") == content("leaking, and leaked")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_no_text_breaks_it(texts):
    lines = [f"{'customer' if at % 2 == 0 else 'agent'}: {text}" for at, text in enumerate(texts)]
    check_detector(ListeningDetector(), [talk(*lines)])
    for text in texts:
        assert all(text[one.start : one.end] == one.text for one in sentences(text))


def test_lone_surrogates_are_read_past():
    said = talk(
        "customer: My sofa came torn \ud83d",
        "agent: \ude00 So your sofa is torn. I'll ring you by 5pm \ud800.",
    )
    found = check_detector(ListeningDetector(), [said])
    assert all(one.end <= len(said.turns[one.turn].text) for one in found)
    assert not open_judge().detect(said).problems


def test_it_contributes_through_the_hooks():
    assert [one.name for one in amity_detectors()] == ["listening"]
