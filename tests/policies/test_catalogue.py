"""The signals that Amity defines are complete, distinct, and infer no emotion of anybody at work."""

from __future__ import annotations

import pytest

from amity.signals import Kind, builtin_catalogue

DEFINITIONS = list(builtin_catalogue())


def test_there_are_sixty_two_names():
    assert len(DEFINITIONS) == 62
    assert len({definition.name for definition in DEFINITIONS}) == 62


def test_no_emotion_is_read_of_an_agent_or_a_colleague():
    assert [d.name for d in DEFINITIONS if d.kind is Kind.EMOTION and d.subject != "customer"] == []


def test_every_subject_has_a_speaker():
    assert {definition.subject for definition in DEFINITIONS} == {"customer", "agent", "team"}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_a_meaning_is_a_sentence_or_two(definition):
    assert 20 < len(definition.meaning) < 320
    assert definition.meaning[0].isupper()
    assert definition.meaning[-1] in '."'
    assert definition.meaning.count('"') % 2 == 0
    assert not definition.not_meant or definition.not_meant[-1] in '."'


def test_no_two_names_mean_the_same():
    assert len({definition.meaning for definition in DEFINITIONS}) == 62
