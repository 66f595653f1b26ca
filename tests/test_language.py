"""What is in another language is not judged, and no variety of English is taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.evaluate.outcome import State
from amity.judge import open_judge
from amity.language import heard_language, is_among
from amity.testkit import talk

SPANISH = talk(
    "customer: Hola, mi pedido no ha llegado y estoy muy enfadado con ustedes.",
    "agent: Lo siento mucho, voy a mirar ahora mismo dónde está su paquete.",
    locale="",
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Guten Tag, meine Bestellung ist immer noch nicht angekommen, können Sie bitte helfen?",
            "de",
        ),
        (
            "Bonjour, je n'ai toujours pas reçu ma commande et personne ne me répond, c'est pénible.",
            "fr",
        ),
        (
            "I have been waiting for my order for three weeks now and nobody answers my messages.",
            "en",
        ),
    ],
)
def test_the_language_is_heard_where_it_is_sure(text, language):
    assert heard_language(talk(f"customer: {text}", locale="")) == language


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "danke!",
        "I cannae believe ye did that tae me again, and naebody has said sorry for it",
        "aiyah like that also can meh, i wait so long liao then you tell me no stock one, how lah",
        "abeg wetin dey happen to my money, I don wait since morning and una never answer me o",
        "hola, where is my order? it never came and I need it today",
    ],
)
def test_short_and_mixed_text_and_varieties_of_english_are_no_other_language(text):
    heard = heard_language(talk(f"customer: {text}", locale=""))
    assert not heard or is_among(heard, frozenset({"en"}))


@pytest.mark.parametrize(
    ("locale", "said"), [("", "reads as Spanish."), ("en-US", "though it is tagged en.")]
)
def test_rules_abstain_on_a_language_that_their_policy_is_not_written_for(locale, said):
    decision = open_judge().evaluate(replace(SPANISH, locale=locale))
    outcomes = list(decision.all_outcomes())
    assert {outcome.state for outcome in outcomes} == {State.ABSTAINED}
    assert all(said in outcome.reason for outcome in outcomes)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    heard_language(replace(SPANISH, turns=(replace(SPANISH.turns[0], text=text),)))
