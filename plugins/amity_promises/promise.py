"""Finds promises in what an agent wrote: who binds themselves, to do what, by when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from amity_promises.phrases import Phrase, phrases

__all__ = ["Promise", "act_in", "action_in", "is_hedged", "promises", "readable", "time_in"]

_SENTENCE = re2.compile(r"[^.!?\n]+(?:[.](?:\S[^.!?\n]*))*[.!?\n]*")
_WILL = (
    r"(?:i|we)(?:['\x{2019}]ll|['\x{2019}]m going to|['\x{2019}]re going to|['\x{2019}]m gonna| will| shall| am going to"
    r"| are going to| promise to| promise)|gonna|ill|what i['\x{2019}]ll do is"
)
_AM = r"(?:i['\x{2019}]m|we['\x{2019}]re|im|i am|we are)"
_ABOUT_US = (
    r"(?:our|the|my|a) (?:\w+ )?(?:team|colleague|manager|supervisor|engineer|technician|driver"
    r"|courier|specialist|nurse|adviser|advisor|refund|replacement|parcel|payment|credit)"
    r"(?:['\x{2019}]ll| will| shall)|(?:he|she|they|it)['\x{2019}]ll be"
)
_RECEIVE = r"you(?:['\x{2019}]ll| will| shall) (?:also |then )?(?:have|hear|get|receive) (?:\w+ ){0,4}(?:from (?:me|us)|my|our)"
_OPENING = re2.compile(
    rf"(?i)\b(?:(?P<will>{_WILL})|(?P<am>{_AM})|(?P<others>{_ABOUT_US})|(?P<receive>{_RECEIVE}))\b"
)
# The same without its groups, which RE2 finds in a fraction of the time: most texts have none.
_ANY_OPENING = re2.compile(rf"(?i)\b(?:(?:{_WILL})|(?:{_AM})|(?:{_ABOUT_US})|(?:{_RECEIVE}))\b")

# Acts that bind by themselves; any other act is a promise only when a time is named.
_ACT = re2.compile(
    r"(?i)^[\s,]*(?:also |personally |now |then |still |just |definitely |certainly |be )*"
    r"(?P<doing>(?P<act>call|ring|phone|telephone|email|e-mail|text|message|dm|write|send|post|ship|dispatch"
    r"|courier|mail|refund|credit|reimburse|waive|raise|escalate|chase|arrange|book|order|replace"
    r"|update|confirm|follow up|get back|come back|let you know|keep you (?:posted|updated|informed)"
    r"|notify|report|forward|cancel|reopen|file|log|lodge|make sure|ensure|see to it|fix|process"
    r"|monitor|contact|deliver|return|bring|drop|issue|reissue|resubmit|reverse)(?:t?ing)?)\b"
)
# What is done in this very reply, or binds to nothing.
_NO_PROMISE = re2.compile(
    r"(?i)^[\s,]*(?:also |now |then |just |quickly )*(?:be (?:happy|glad|able|honest|frank|right back|your)"
    r"|need|have to|try|see (?:what|if)|look into|(?:have|take) a (?:quick )?look|check|explain|admit"
    r"|say|wait|put you through|connect you|transfer you|hand you|pass you|let you go|read|spell"
    r"|assume|take that|end|close|leave you|walk you|go ahead|assist|help)\b"
)
_DOUBT = re2.compile(
    r"(?i)\b(?:if|unless|whether|would you like|do you want|should|could|might|maybe|perhaps|hopefully"
    r"|fingers crossed|said|told|says|thought|not|never|no|can['\x{2019}]?t|cannot|won['\x{2019}]?t|as soon as you"
    r"|once you|when you)\b"
)
_HEDGE = re2.compile(
    r"(?i)\b(?:should|hopefully|hope to|try|probably|likely|aim|expect|all being well|fingers crossed)\b"
)
_ENDS = (". ", "! ", "? ", "\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
SURE, LIKELY, POSSIBLE = 0.85, 0.75, 0.6
_LONGEST_ACTION = 80


@dataclass(frozen=True, slots=True)
class Promise:
    """The words of a promise (code points, half-open), and how sure it is that they are one."""

    start: int
    end: int
    score: float


def readable(text: str) -> str:
    """*text* with each lone surrogate, which RE2 cannot be given, as U+FFFD: as long as before."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def promises(text: str) -> Iterator[Promise]:
    """The promises in *text*, at most one in each sentence, in their order."""
    if not _ANY_OPENING.search(text):
        return
    for sentence in _SENTENCE.finditer(text):
        words = sentence[0].rstrip()
        if not words or words.endswith("?") or not _ANY_OPENING.search(words):
            continue
        if found := _promise(words, sentence.start()):
            yield found


def _promise(sentence: str, offset: int) -> Promise | None:
    opening = _OPENING.search(sentence)
    if opening is None or _DOUBT.search(_clause_before(sentence, opening.start())):
        return None
    rest = sentence[opening.end() :]
    if _NO_PROMISE.match(rest):
        return None
    when = _when(sentence, opening.start(), opening.end())
    score = _score(opening.lastgroup, _ACT.match(rest), when)
    if not score:
        return None
    start, end = opening.start(), len(sentence.rstrip(".!\n "))
    if when and when.end <= opening.start():
        start = when.start
    return Promise(offset + start, offset + end, score)


def action_in(words: str, until: int | None = None, start: int | None = None) -> str:
    """What is promised in *words*, without who does it and when; empty if nobody binds themselves.

    *start* is what ``act_in`` has said of them, if it was asked; *until* is where the words that say when begin, if they stand after the act.

    >>> action_in("I'll call you back by noon", 18)
    'call you back'
    """
    start = act_in(words) if start is None else start
    if start < 0:
        return ""
    stop = until if until is not None and until > start else len(words)
    said = words[start : min(stop, _end_of_sentence(words, start))]
    return " ".join(said.split()).strip(" ,.;:!?-\u2013\u2014")[:_LONGEST_ACTION].rstrip()


def act_in(words: str) -> int:
    """Where in *words* the act that somebody promises begins; -1 if nobody binds themselves."""
    opening = _ANY_OPENING.search(words)
    return opening.end() if opening else -1


def _end_of_sentence(text: str, start: int) -> int:
    return min((at for mark in _ENDS if (at := text.find(mark, start)) >= 0), default=len(text))


def is_hedged(words: str) -> bool:
    """Whether *words* leave a way out: "should", "hopefully", "I'll try"."""
    return bool(_HEDGE.search(words))


def time_in(text: str, start: int, end: int) -> Phrase | None:
    """The words that say when, for what is announced from *start* to *end* of *text*.

    They stand in those words, or in the rest of the sentences that hold them; the first after the
    start counts before one ahead of it. An hour alone is one of the day that was named before it:
    "tomorrow a man comes at 8, and I'll ring at 11".
    """
    first = max(text.rfind(mark, 0, start) for mark in _ENDS) + 1
    last = _end_of_sentence(text, end)
    found = [
        Phrase(first + each.start, first + each.end, each.parts)
        for each in phrases(text[first:last])
    ]
    after = [at for at, each in enumerate(found) if each.end > start]
    if not found:
        return None
    at = after[0] if after else len(found) - 1
    return found[at].on_day_of(found[:at])


def _clause_before(sentence: str, end: int) -> str:
    """What stands before the promise in its own clause: there, an "if" makes it none."""
    before = sentence[:end]
    cut = max(before.rfind(mark) for mark in (",", ";", ":", "\u2014", " and ", " so ", " but "))
    return before[cut + 1 :]


def _when(sentence: str, start: int, end: int) -> Phrase | None:
    """The time that belongs to the promise: the first one after it, or one just before it."""
    found = list(phrases(sentence))
    after = next((phrase for phrase in found if phrase.start >= end), None)
    before = (phrase for phrase in found if not sentence[phrase.end : start].strip(" ,"))
    return after or next(before, None)


def _score(who: str | None, act: object, when: Phrase | None) -> float:
    has_time = when is not None and any(part.kind != "vague" for part in when.parts)
    if who == "will":
        return SURE if act and has_time else LIKELY if act or has_time else 0.0
    # "I'm sending it tonight" binds; "I'm here until three" and "the team will call" do not.
    is_doing = who != "am" or bool(act and act["act"].lower() != act["doing"].lower())  # type: ignore[index]
    return POSSIBLE if has_time and is_doing else 0.0
