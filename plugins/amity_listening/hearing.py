"""Whether a reply takes up what the customer said: gives it back, uses it, or goes past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import re2

from amity_listening.words import Sentence, content, sentences

__all__ = ["Heard", "Reply", "non_answers", "paraphrases", "personal", "stock_empathy"]

_GIVES_BACK = re2.compile(
    r"(?i)^(?:ok(?:ay)?|right|alright|gotcha|got it|mm-hm|thanks|thank you)?[\s,.]*so\b"
    r"|\bif i(?:['\x{2019}]ve| have)? (?:understood|understand|got|have|hear)"
    r"|\b(?:just )?(?:to make sure|so) (?:that )?i(?:['\x{2019}]ve| have)? "
    r"|\blet me (?:make sure|see if i|get this|check i|play that back)|\bas i understand"
    r"|\bwhat i(?:['\x{2019}]m| am) hearing|\b(?:it )?sounds like|\bto (?:recap|summari[sz]e)\b"
    r"|\byou(?:['\x{2019}]re| are) (?:saying|telling me)|\bin other words\b"
    r"|\b(?:is that (?:right|correct|about it)|have i got (?:that|it) right|correct|yes|right)\?$"
)
_TRIED = re2.compile(
    r"(?i)\b(?:already|tried|didn['\x{2019}]?t (?:help|work|fix)|did (?:that|it|all)|done (?:that|it|all)"
    r"|no luck|twice|three times|several times|made no difference)\b"
)
_ADVICE = re2.compile(
    r"(?i)^(?:(?:ok(?:ay)?|sure|great|no worries|thanks?(?: you)?)[,!.\s]*)?"
    r"(?:please|kindly|try|can you|could you|have you tried|you (?:can|could|need to|may)|simply"
    r"|just|go to|make sure|to \pL+|\pL+ing usually)\b"
)
_TAKES_UP = re2.compile(
    r"(?i)\b(?:already|instead|different|another|other than|else|besides|you(?:['\x{2019}]ve| have) tried|"
    r"didn['\x{2019}]?t (?:help|work))\b"
)
_OURS = re2.compile(r"(?i)\b(?:my|our) (\pL+(?:['\x{2019}]s)?)(?: (\pL+))?")
_YOURS = re2.compile(r"(?i)\b(?:your|yer) (\pL+(?:['\x{2019}]s)?)(?: (\pL+))?")
# What people have in their lives rather than with the company.
_LIVES = frozenset(
    [
        "anniversary",
        "aunt",
        "baby",
        "birthday",
        "boy",
        "boyfriend",
        "brother",
        "business",
        "cat",
        "chemo",
        "child",
        "children",
        "christening",
        "cousin",
        "dad",
        "dad's",
        "daughter",
        "degree",
        "dog",
        "engagement",
        "exam",
        "exams",
        "family",
        "father",
        "fiance",
        "friend",
        "funeral",
        "girl",
        "girlfriend",
        "gran",
        "grandad",
        "granddaughter",
        "grandma",
        "grandmother",
        "grandson",
        "graduation",
        "hearing",
        "holiday",
        "honeymoon",
        "husband",
        "interview",
        "job",
        "kid",
        "kids",
        "mam",
        "mom",
        "mother",
        "mum",
        "nan",
        "nana",
        "partner",
        "party",
        "pension",
        "pregnancy",
        "retirement",
        "shop",
        "sister",
        "son",
        "surgery",
        "trip",
        "uncle",
        "vacation",
        "wedding",
        "wheelchair",
        "wife",
    ]
)
_EMPATHY = re2.compile(
    r"(?i)\b(?:(?:we|i) (?:completely |totally |fully |truly )?(?:understand|appreciate) (?:how|your|the)"
    r" (?:you feel|you(?:['\x{2019}]re| are) feeling|frustrations?|concerns?|situation|feelings?)"
    r"|sorry (?:for|about) (?:any|the|this|your) (?:inconvenience|frustration|trouble)(?: (?:caused|this may have caused))?"
    r"|apologi[sz]e for (?:any|the|this) inconvenience(?: caused)?"
    r"|(?:regret|sorry for) the inconvenience(?: caused)?"
    r"|(?:we|i) (?:can|do) understand (?:how|that) (?:this|you) (?:is|are|must be) (?:frustrating|frustrated|upset))\b"
)
LEAST_SHARED, LEAST_SHARE = 2, 0.3
LEAST_REPEATED, ALIKE = 6, 0.85


@dataclass(frozen=True, slots=True)
class Heard:
    """Something found in a reply: where (code points, half-open), and how sure it is."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """An agent's turn with what was said before it.

    ``asked`` is the customer's last move, ``told`` the customer's earlier turns, the nearest first,
    ``replied`` the agents' earlier turns to which the customer has answered since. ``content`` may
    remember what it has said of the turns of one conversation.
    """

    text: str
    asked: str
    told: Sequence[str] = ()
    replied: Sequence[str] = ()
    content: Callable[[str], frozenset[str]] = content


def paraphrases(reply: Reply) -> Iterator[Heard]:
    """Sentences that give back what the customer said, in words that say so."""
    given_back = [each for each in sentences(reply.text) if _GIVES_BACK.search(each.text)]
    about = reply.content(reply.asked) if given_back else frozenset()
    for sentence in given_back:
        shared = {word for word in sentence.content & about if not word.isdigit()}
        if len(shared) >= LEAST_SHARED and len(shared) >= LEAST_SHARE * len(sentence.content):
            yield Heard(sentence.start, sentence.end, min(0.6 + 0.1 * len(shared), 0.9))


def non_answers(reply: Reply) -> Iterator[Heard]:
    """Advice to do what the customer has said they did, and replies that were sent before."""
    has_tried = _TRIED.search(reply.asked)
    tried = [each for each in sentences(reply.asked) if has_tried and _TRIED.search(each.text)]
    for sentence in sentences(reply.text) if tried else ():
        is_advice = _ADVICE.search(sentence.text) and not _TAKES_UP.search(sentence.text)
        if is_advice and any(_is_same_step(sentence, done) for done in tried):
            yield Heard(sentence.start, sentence.end, 0.7)
    words = reply.content(reply.text) if reply.replied else frozenset()
    if len(words) >= LEAST_REPEATED and any(
        _is_alike(words, reply.content(old)) for old in reply.replied
    ):
        bare = reply.text.strip()
        start = reply.text.index(bare)
        yield Heard(start, start + len(bare), 0.8)


def _is_same_step(advice: Sentence, done: Sentence) -> bool:
    shared = advice.content & done.content
    return bool(shared) and 2 * len(shared) >= min(len(advice.content), len(done.content))


def _is_alike(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return len(ours & theirs) >= ALIKE * len(ours | theirs)


def personal(reply: Reply) -> Iterator[Heard]:
    """Words about the customer's own life that they have told of before: "your daughter"."""
    for match in _YOURS.finditer(reply.text) if _has_one_of(("your", "yer"), reply.text) else ():
        named = _named(match[1], match[2])
        # What they have told is looked through only where the reply names something of the kind.
        if named and not named.isdisjoint(_lives(reply)):
            yield Heard(match.start(), match.end(), 0.65)
            return


def _lives(reply: Reply) -> set[str]:
    return {word for said in (reply.asked, *reply.told) for word in _belongings(said)}


def _belongings(text: str) -> set[str]:
    found = _OURS.finditer(text) if _has_one_of(("my", "our"), text) else ()
    return {word for match in found for word in _named(match[1], match[2])}


def _has_one_of(words: tuple[str, ...], text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in words)


def _named(first: str, second: str | None) -> set[str]:
    """What the words after "my" name: "daughter's birthday" both of them, "late mother" the second."""
    words = (word.lower().replace("\u2019", "'") for word in (first, second or ""))
    return {bare for word in words if (bare := word.removesuffix("'s")) in _LIVES}


def stock_empathy(reply: Reply) -> Iterator[Heard]:
    """Sympathy in stock words, in a reply that has not one word of the customer's own matter."""
    found = _EMPATHY.search(reply.text)
    matter = reply.content(reply.asked) if found else frozenset()
    if found and len(matter) >= LEAST_SHARED and not matter & reply.content(reply.text):
        yield Heard(found.start(), found.end(), 0.7)
