"""Charts and the page: what they say, that they load nothing, and that no text breaks out of them."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from tests.reports.logkit import MONDAY, Told, mixture, overturn, write

from amity.reports import svg, words
from amity.reports.card import Counts, Dimension, Measure, Scorecard, Subject, Titles
from amity.reports.html import scorecard_html
from amity.reports.intervals import change, wilson
from amity.reports.moments import moments_behind
from amity.reports.period import Period
from amity.reports.scorecard import scorecard

SVG = "{http://www.w3.org/2000/svg}"
NASTY = '<script>alert("x")</script>&'
WEEK = Period.ending(MONDAY, 7)


class Page(HTMLParser):
    """The tags, the targets and the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.add(value)
            if name in {"href", "src"}:
                self.links.append(value)


def drawn(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own


@pytest.fixture
def made(connection) -> tuple[Scorecard, str]:
    write(connection, mixture())
    card = scorecard(connection, Subject(), WEEK, minimum=2, by=Dimension.TEAM)
    return card, scorecard_html(card, moments_behind(connection, card, 3))


def test_each_number_leads_to_its_moments_within_the_file(made):
    _, text = made
    page = Page(text)
    assert page.links
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)


def test_the_page_loads_and_runs_nothing(made):
    _, text = made
    page = Page(text)
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


def test_the_same_log_gives_the_same_page(made, connection):
    card, text = made
    assert scorecard_html(card, moments_behind(connection, card, 3)) == text


def test_no_text_of_a_log_breaks_out(connection):
    told = [Told([(NASTY, NASTY, "missed")], agent=NASTY, digest=NASTY) for _ in range(6)]
    write(connection, told)
    card = scorecard(connection, Subject(Dimension.AGENT, NASTY), WEEK, by=Dimension.AGENT)
    text = scorecard_html(card, moments_behind(connection, card, 3))
    assert "<script" not in text
    assert "script" not in Page(text).tags
    assert NASTY in "".join(drawn(svg.picture(card)).itertext())


def test_overturned_moments_are_marked_on_the_page(connection):
    write(connection, [Told([("p", "r", "missed")]) for _ in range(2)])
    overturn(connection, 1, 0)
    card = scorecard(connection, Subject(), WEEK)
    text = scorecard_html(card, moments_behind(connection, card, 5))
    assert text.count("overturned by a reviewer, not counted") == 1


def test_a_picture_has_a_title_and_says_all_it_shows(made):
    card, _ = made
    root = drawn(svg.picture(card))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Scorecard of all conversations"
    described = root.findtext(f"{SVG}desc")
    for rule in card.modules[0].rules:
        assert f"{rule.measure.counts.missed} missed" in described
    assert "prefers-color-scheme: dark" in root.findtext(f"{SVG}style")


def test_a_course_has_a_gap_where_there_was_too_little():
    full, few = Counts(shown=8, missed=2), Counts(shown=1)
    measure = Measure(full, full, (full, full, few, full), 5)
    root = drawn(svg.spark_svg(measure, "r"))
    assert len(root.findall(f"{SVG}polyline")) == 2
    assert root.findtext(f"{SVG}desc") == "80 %, 80 %, too few, 80 %"


def test_marks_stand_where_the_numbers_say():
    counts = Counts(shown=5, missed=5)
    root = drawn(svg.rate_svg(Measure(counts, Counts(), (), 5), "r"))
    [dot] = root.findall(f"{SVG}circle")
    [reach] = [line for line in root.findall(f"{SVG}line") if line.get("class") == "reach"]
    assert float(dot.get("cx")) == (float(reach.get("x1")) + float(reach.get("x2"))) / 2
    assert not root.findall(f"{SVG}path"), "there was no rate before"


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((50, 100), (80, 100), "up: +30 (+17 to +42)"),
        ((80, 100), (50, 100), "down: -30 (-42 to -17)"),
        ((5, 10), (6, 10), "no clear change: +10 (-29 to +45)"),
    ],
)
def test_changes_in_words(before, now, said):
    assert words.change_words(change(wilson(*before), wilson(*now))) == said


def test_a_bound_that_rounds_to_nothing_keeps_its_sign():
    clear = change(wilson(500, 1000), wilson(547, 1000))
    assert words.points_words(clear) == "+5 (+0.3 to +9)"


def test_remarks_tell_of_other_policies_and_of_chance(connection):
    rules = [("p", f"r{number}", "shown") for number in range(20)]
    day = MONDAY - timedelta(days=8)
    write(connection, [Told(rules, day, digest="one") for _ in range(5)] + [Told(rules)] * 5)
    said = words.remarks(scorecard(connection, Subject(), WEEK))
    assert any("judged by other policies" in each for each in said)
    assert any(each.startswith("20 rules are compared") for each in said)


def test_an_empty_period_has_a_page_and_a_picture(connection):
    card = scorecard(connection, Subject(), WEEK, titles=Titles())
    assert "No finished conversation" in scorecard_html(card, {})
    drawn(svg.picture(card))
