"""Whatever Presidio finds lies in what the linear filter lets through."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from presidio_analyzer.predefined_recognizers import EmailRecognizer, UrlRecognizer

from amity.privacy.candidates import Sieve, emails, urls
from amity.privacy.kinds import COUNTRIES
from amity.privacy.recognisers import OutOfTimeError, Recognisers
from amity.privacy.shape import plain, shape

FLAGS = re.IGNORECASE | re.DOTALL
# As if every word of context had been said, so that weak patterns count as well.
FILLERS = st.text(
    st.sampled_from("abz XY01 9.,:;-–()/#+@'\u00e9\u0663\u017f\u212a\u4e2d\u00a0\n"), max_size=12
)


def from_pattern(check) -> st.SearchStrategy[str]:
    source = check.pattern.regex.replace(r"\b(?i)", r"\b").replace("(?i)", "")
    return st.from_regex(re.compile(source, FLAGS)).map(lambda text: text[:400])


def everything_said(recognisers: Recognisers) -> str:
    return "".join(word for check in recognisers._checks for word in check.context)


def covered(text: str, start: int, end: int, sieve: Sieve) -> bool:
    """Whether each character of the span that is not a space lies in a region or an address."""
    shaped = shape(text)
    spans = [(region.start, region.end) for region in sieve.regions(shaped)]
    spans += [*emails(shaped), *urls(shaped)]
    marks = "()[]+-./#*~,:;{} "
    return all(
        text[at].isspace() or text[at] in marks or any(a <= at < b for a, b in spans)
        for at in range(start, end)
    )


@pytest.mark.parametrize("country", ["uk and us", "anywhere"])
def test_what_the_patterns_find_is_let_through(country, loading, everywhere):
    is_anywhere = country == "anywhere"
    recognisers = everywhere if is_anywhere else loading.recognisers
    sieve, said = Sieve(is_anywhere=is_anywhere), everything_said(recognisers)
    cases = st.one_of([from_pattern(check) for check in recognisers._checks])

    @settings(max_examples=150)
    @given(FILLERS, cases, FILLERS)
    def check(before, match, after):
        text = f"{before} {match} {after}"
        try:
            everything = recognisers.find(text, said)
        except OutOfTimeError:
            reject()  # On a busy machine; tests/privacy/test_redactor.py has what happens then.
        for found in everything:
            assert sieve.has_candidates(shape(text)), (found, text)
            assert covered(text, found.start, found.end, sieve), (found, text)

    check()


def test_an_identifier_that_two_runs_share_is_let_through():
    for text in ("0:K-X GIR0AA", "0:K-X ABC GIR 0AA"):
        assert covered(text, text.index("GIR"), len(text), Sieve())


@given(FILLERS, st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.integers(0, 3), FILLERS)
def test_telephone_numbers_of_every_region_are_let_through(before, region, form, after):
    number = phonenumbers.example_number(region)
    text = f"{before} {phonenumbers.format_number(number, form)} {after}"
    sieve = Sieve()
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=1):
        if sum(map(str.isdecimal, match.raw_string)) >= 7:
            assert sieve.has_candidates(shape(text))
            assert covered(text, match.start, match.end, sieve), (text, match)


WORDS = st.text(st.sampled_from("abz09_.-+'%\u00e9@/:?=&#"), max_size=14)


@given(st.lists(WORDS, max_size=3).map(" ".join), st.sampled_from(["@", "@x", "ana@"]), WORDS)
def test_every_email_address_that_presidio_finds_is_found(before, middle, after):
    text = f"{before}{middle}{after}.co.uk"
    found = list(emails(shape(text)))
    (pattern,) = EmailRecognizer().patterns
    for hit in re.finditer(pattern.regex, text, FLAGS):
        assert any(start <= hit.start() and hit.end() <= end for start, end in found), text


@given(WORDS, st.sampled_from(["http://", "https://", "www.", "", "'https://"]), WORDS, WORDS)
def test_every_web_address_with_a_scheme_or_a_path_is_found(before, scheme, host, path):
    text = f"{before} {scheme}{host}.com/{path} x"
    found = list(urls(shape(text))) + list(emails(shape(text)))
    for result in UrlRecognizer().analyze(text, ["URL"]):
        hit = text[result.start : result.end].strip("'\"")
        start = result.start + text[result.start : result.end].find(hit)
        end = start + len(hit.rstrip(".,:;!?'\")]}"))
        if "://" in hit or hit.rstrip(".,:;!?'\")]}").partition("/")[2]:
            assert any(a <= start and end <= b for a, b in found), (text, hit)


@pytest.mark.parametrize(
    "text",
    [
        "call you back in 2 days",
        "I paid $1,299 for it",
        "version 3.12",
        "at 10:30, on 5 May",
        "it is 50% off",
    ],
)
def test_ordinary_numbers_send_nothing_to_the_recognisers(text):
    assert not Sieve().has_candidates(shape(text))


@given(st.text())
def test_shapes_and_plain_texts_are_as_long_as_the_text(text):
    assert len(shape(text)) == len(plain(text)) == len(text)


def test_every_country_has_recognisers():
    assert set(COUNTRIES) >= {"uk", "us"}
