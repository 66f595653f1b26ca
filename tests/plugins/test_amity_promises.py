"""Promises are found where agents bind themselves, and due when people would say that they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.judge import open_judge
from amity.plugins.contract import views
from amity.testkit import check_detector, talk
from amity_promises import PromiseDetector, PromiseRefiner, amity_detectors, amity_refiners
from amity_promises.due import resolve
from amity_promises.hours import BusinessHours, business_hours
from amity_promises.phrases import phrases
from amity_promises.promise import action_in, promises, time_in

TUESDAY = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def when(text: str, now: datetime = TUESDAY, hours: BusinessHours | None = None):
    (phrase,) = phrases(text)
    return resolve(phrase.parts, now, hours or BusinessHours())


def latest(text: str, now: datetime = TUESDAY) -> str:
    due = when(text, now)
    assert due.latest is not None
    assert due.earliest is not None
    assert due.earliest <= due.latest
    return f"{due.latest:%a %d %b %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 24 hours", "Wed 04 Mar 15:00"),
        ("in the next two hours", "Tue 03 Mar 17:00"),
        ("in half an hour", "Tue 03 Mar 15:30"),
        ("in 20 mins", "Tue 03 Mar 15:20"),
        ("within 24-48 hours", "Thu 05 Mar 15:00"),
        ("within 3 to 5 business days", "Tue 10 Mar 17:00"),
        ("within two working days", "Thu 05 Mar 17:00"),
        ("in a couple of days", "Thu 05 Mar 23:59"),
        ("in a fortnight", "Tue 17 Mar 23:59"),
        ("by end of day", "Tue 03 Mar 23:59"),
        ("by close of business", "Tue 03 Mar 17:00"),
        ("by close of business tomorrow", "Wed 04 Mar 17:00"),
        ("next business day", "Wed 04 Mar 17:00"),
        ("first thing tomorrow", "Wed 04 Mar 11:00"),
        ("first thing on Friday", "Fri 06 Mar 11:00"),
        ("by the end of the week", "Fri 06 Mar 17:00"),
        ("by the end of the month", "Tue 31 Mar 23:59"),
        ("within the hour", "Tue 03 Mar 16:00"),
        ("by Friday", "Fri 06 Mar 23:59"),
        ("on Thursday morning", "Thu 05 Mar 12:00"),
        ("tomorrow by 5pm", "Wed 04 Mar 17:00"),
        ("by 5pm tomorrow", "Wed 04 Mar 17:00"),
        ("before noon tomorrow", "Wed 04 Mar 12:00"),
        ("tomorrow at half nine", "Wed 04 Mar 09:30"),
        ("at quarter to five tomorrow", "Wed 04 Mar 16:45"),
        ("by 16:30", "Tue 03 Mar 16:30"),
        ("by 4", "Tue 03 Mar 16:00"),
        ("at 2pm", "Wed 04 Mar 14:00"),
        ("this evening", "Tue 03 Mar 21:00"),
        ("tomorrow between 8 and 10", "Wed 04 Mar 10:00"),
        ("on Friday between 2pm and 4pm", "Fri 06 Mar 16:00"),
        ("tonight", "Tue 03 Mar 23:59"),
        ("today", "Tue 03 Mar 23:59"),
        ("next week", "Fri 13 Mar 23:59"),
        ("on 12 March", "Thu 12 Mar 23:59"),
        ("by March 12th", "Thu 12 Mar 23:59"),
        ("by the 15th", "Sun 15 Mar 23:59"),
        ("on the 1st", "Wed 01 Apr 23:59"),
        ("on 2026-03-20", "Fri 20 Mar 23:59"),
    ],
)
def test_words_that_say_when_become_the_moment_that_people_mean(text, expected):
    assert latest(f"I'll call you {text}") == expected


def test_a_friday_promise_for_the_next_business_day_is_due_on_monday():
    assert latest("next business day", TUESDAY + timedelta(days=3)) == "Mon 09 Mar 17:00"


@pytest.mark.parametrize(
    "text", ["by 4", "next Friday", "by end of day", "03/04/2027", "in a few days"]
)
def test_words_that_can_be_read_in_two_ways_say_so(text):
    assert when(f"I'll send it {text}" if "by" in text or "in" in text else text).is_guess


@pytest.mark.parametrize("text", ["I'll do it shortly", "I'll send it as soon as possible"])
def test_words_that_name_no_time_are_kept_without_one(text):
    due = when(text)
    assert (due.precision.value, due.latest) == ("vague", None)


@pytest.mark.parametrize(
    "text", ["refunds take 3 days", "a 10 day cover", "it costs 5", "may I ask"]
)
def test_numbers_and_words_that_are_no_times_are_not_taken_for_them(text):
    assert not list(phrases(text))


def test_the_business_hours_and_time_zone_of_the_conversation_count():
    conversation = replace(
        talk("agent: hello"),
        attributes=MappingProxyType(
            {"timezone": "America/New_York", "business_hours": "Mon-Sat 08:00-20:00"}
        ),
    )
    due = when("by close of business", hours=business_hours(conversation))
    assert due.latest is not None
    assert due.latest.isoformat() == "2026-03-03T20:00:00-05:00"


@pytest.mark.parametrize("written", ["", "always", "Mon-Fri 25:00-26:00", "Fri-Mon 17:00-09:00"])
def test_hours_that_cannot_be_read_are_the_usual_ones(written):
    conversation = replace(
        talk("agent: hello"),
        attributes=MappingProxyType({"business_hours": written, "timezone": "Mars/X"}),
    )
    assert business_hours(conversation) == BusinessHours()


@pytest.mark.parametrize(
    "text",
    [
        "I'll call you back by noon.",
        "We will send a replacement tomorrow.",
        "I\N{RIGHT SINGLE QUOTATION MARK}ll email you the form.",
        "Tomorrow I'll ring the depot.",
        "I'm sending the courier tonight.",
        "Our engineer will visit you on Friday.",
        "You'll hear from me within two days.",
        "I've found the cause, and I'll have it fixed by Friday.",
    ],
)
def test_people_who_bind_themselves_promise(text):
    assert len(list(promises(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Let me check that for you.",
        "I'll have a quick look.",
        "I'll put you through to claims.",
        "Shall I call you tomorrow?",
        "If you send the photo I'll see what we can do.",
        "They said I'll call you tomorrow.",
        "We're open until 6 today.",
        "I'll be happy to help today.",
        "You will receive a letter in 30 days.",
    ],
)
def test_what_binds_nobody_is_no_promise(text):
    assert not list(promises(text))


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("I'll call you back by noon", "call you back"),
        ("we will send a new card tomorrow, by courier", "send a new card"),
        ("I'll send it. It takes three days.", "send it"),
        ("the card is on its way", ""),
    ],
)
def test_the_act_is_what_is_promised_without_who_and_when(text, action):
    when = time_in(text, 0, len(text))
    assert action_in(text, when.start if when else None) == action


def test_the_time_is_looked_for_after_the_promise_before_ahead_of_it():
    text = "You rang on Monday. I'll call the depot and ring you by Friday."
    start = text.index("I'll")
    when = time_in(text, start, start + 20)
    assert when is not None
    assert text[when.start : when.end] == "by Friday"


def test_an_hour_is_on_the_day_that_was_named_before_it():
    text = "An engineer comes tomorrow between 8 and 10, and I'll ring you at 11 to check."
    when = time_in(text, text.index("ring"), len(text))
    assert when is not None
    assert text[when.start : when.end] == "at 11"
    due = resolve(when.parts, TUESDAY, BusinessHours()).latest
    assert due is not None
    assert f"{due:%a %H:%M}" == "Wed 11:00"


def test_detector_and_refiner_keep_the_contract_on_agents_only():
    conversation = talk(
        "customer: I'll call you tomorrow",
        "agent: Sorry. I'll call you tomorrow by 5pm.",
        "agent: ok",
    )
    found = check_detector(PromiseDetector(), [conversation])
    assert [(one.turn, one.signal) for one in found] == [(1, "agent.commitment")]


def test_a_decision_says_what_was_promised_and_by_when():
    said = talk(
        "customer: My parcel is lost.",
        "agent: I'll ring the depot and call you back by 5pm tomorrow.",
    )
    turns = tuple(replace(turn, sent_at=TUESDAY) for turn in said.turns)
    decision = open_judge().evaluate(replace(said, turns=turns))
    (promise,) = [each for each in decision.signals if each.name == "agent.commitment"]
    assert promise.attributes["due"] == "2026-03-04T17:00+00:00"
    assert promise.attributes["due_text"] == "by 5pm tomorrow"
    assert promise.attributes["due_zone"] == "assumed UTC"
    assert "ring the depot" in promise.attributes["action"]


def test_without_a_time_of_sending_only_the_words_are_kept():
    view = views(talk("agent: I'll call you tomorrow"))[0]
    judged = open_judge().evaluate(view.conversation)
    (signal,) = [each for each in judged.signals if each.name == "agent.commitment"]
    assert dict(PromiseRefiner().refine(view, signal)) == {
        "action": "call you",
        "due_text": "tomorrow",
        "due_precision": "day",
    }


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=200),
    st.integers(min_value=-20_000, max_value=20_000),
)
def test_no_text_breaks_it(text, days):
    for phrase in phrases(text):
        assert 0 <= phrase.start < phrase.end <= len(text)
        resolve(phrase.parts, TUESDAY + timedelta(days=days), BusinessHours())
    for promise in promises(text):
        assert 0 <= promise.start < promise.end <= len(text)


WORDS = st.sampled_from(
    [
        "I'll",
        "call",
        "you",
        "by",
        "on",
        "at",
        "within",
        "3",
        "24",
        "99",
        "the 31st",
        "30 February",
        "end of day",
        "week",
        "business days",
        "and",
        "tomorrow",
        "next friday",
        "noon",
        "5pm",
        "half past eight",
        "31/02/2026",
        "12/13/99",
        "overnight",
        "first thing",
        "may",
    ]
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_any_order_of_its_own_words_is_resolved_or_left(text):
    for phrase in phrases(text):
        due = resolve(phrase.parts, TUESDAY, BusinessHours())
        assert (due.latest is None) == (due.earliest is None)
    for promise in promises(text):
        time_in(text, promise.start, promise.end)


def test_lone_surrogates_are_read_past():
    said = talk(
        "customer: My sofa came torn \ud83d",
        "agent: \ude00 So your sofa is torn. I'll ring you by 5pm \ud800.",
    )
    found = check_detector(PromiseDetector(), [said])
    assert all(one.end <= len(said.turns[one.turn].text) for one in found)
    assert not open_judge().detect(said).problems


def test_it_contributes_through_the_hooks():
    assert [one.name for one in amity_detectors()] == ["promises"]
    assert [one.name for one in amity_refiners()] == ["promises"]
