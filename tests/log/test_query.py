"""Lists of decisions, compared with a plain filter in Python while records are added."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, insert, text

from amity.errors import AmityError
from amity.log import query, search
from amity.log.filter import BadQuery, Filter
from amity.log.page_token import BadPageToken
from amity.log.query import list_decisions
from amity.log.search import Search
from amity.log.tables import METADATA, decisions, findings, records

LOG = "11111111-2222-3333-4444-555555555555"
AGENTS, TEAMS, CUSTOMERS = ("ben", "bea", "bob", ""), ("north", "south"), ("k1", "k2", "k3")
CHANNELS, VERDICTS = ("chat", "email"), ("clear", "coach", "intervene")
RULES = (("trust", "calm"), ("trust", "thanks"), ("ownership", "calm"))
STATES, TEXTS = ("shown", "missed", "abstained"), ("No reply.", "50% of it", "said_so", "SAID so")


@dataclass(frozen=True)
class Written:
    decision: dict
    findings: list[dict]


class Writer:
    """Writes rows as the log does: numbers without gaps, times that never go back."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.random = engine, random.Random(seed)
        self.written: list[Written] = []
        self.at_us = 0

    def write(self, count: int) -> None:
        if not count:
            return
        with self.engine.begin() as connection:
            for _ in range(count):
                self._write(connection)

    def _write(self, connection) -> None:
        pick, seq = self.random.choice, self.last + 1
        self.at_us += self.random.choice((0, 0, 5))
        if self.random.random() < 0.2:
            self.written.append(None)
            connection.execute(insert(records).values(**_record(seq, "outcome", self.at_us)))
            return
        conversation = f"c{self.random.randrange(5)}"
        row = {
            "seq": seq, "decision_id": f"d{seq}", "conversation_id": conversation,
            "at_us": self.at_us, "day": 0, "channel": pick(CHANNELS), "team": pick(TEAMS),
            "agent_id": pick(AGENTS), "customer_ref": pick(CUSTOMERS), "verdict": pick(VERDICTS),
            "score": None, "is_open": False, "policy_digest": pick(("sha256:a", "sha256:b")),
            "superseded_by": None,
        }  # fmt: skip
        its = []
        for number in range(self.random.randrange(4)):
            policy, rule = pick(RULES)
            its.append({
                "seq": seq, "number": number, "policy": policy, "rule": rule, "state": pick(STATES),
                "severity": "major", "weight": 1.0, "turn": 0, "agent_id": pick(AGENTS),
                "team": pick(TEAMS), "text": pick(TEXTS),
            })  # fmt: skip
        for earlier in self.written:
            if earlier and earlier.decision["conversation_id"] == conversation:
                earlier.decision.setdefault("first_superseded_by", seq)
        connection.execute(
            decisions.update()
            .where(decisions.c.conversation_id == conversation, decisions.c.superseded_by.is_(None))
            .values(superseded_by=seq)
        )
        connection.execute(insert(records).values(**_record(seq, "decision", self.at_us)))
        connection.execute(insert(decisions).values(**row))
        if its:
            connection.execute(insert(findings), its)
        self.written.append(Written(row, its))

    @property
    def last(self) -> int:
        return len(self.written)

    def naive(self, wanted: Filter, upper: int) -> list[int]:
        kept = [each for each in self.written[:upper] if each and _fits(each, wanted, upper)]
        return [each.decision["seq"] for each in reversed(kept)]


def _record(seq: int, kind: str, at_us: int) -> dict:
    return {
        "seq": seq, "kind": kind, "at_us": at_us, "batch": seq, "header": b"", "leaf": b"",
    }  # fmt: skip


def _fits(each: Written, wanted: Filter, upper: int) -> bool:
    row = each.decision
    if wanted.since_us is not None and row["at_us"] < wanted.since_us:
        return False
    if wanted.until_us is not None and row["at_us"] >= wanted.until_us:
        return False
    if wanted.newest_only and row.get("first_superseded_by", upper + 1) <= upper:
        return False
    plain = ("conversation_id", "customer_ref", "channel", "verdict", "policy_digest")
    if any(getattr(wanted, name) not in ("", row[name]) for name in plain):
        return False
    if not (wanted.policy or wanted.rule or wanted.state or wanted.text):
        if wanted.team not in ("", row["team"]):
            return False
        people = {row["agent_id"], *(found["agent_id"] for found in each.findings)}
        return not wanted.agent_id or wanted.agent_id in people
    names = ("policy", "rule", "state", "agent_id", "team")
    return any(
        all(getattr(wanted, name) in ("", found[name]) for name in names)
        and wanted.text.lower() in found["text"].lower()
        for found in each.findings
    )


@pytest.fixture
def writer(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'log.db'}")
    # What is tested here is which rows are found, not that they survive.
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    METADATA.create_all(engine)
    yield Writer(engine, 7)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def either(request):
    """A writer to each kind of store."""
    if request.param == "sqlite":
        yield request.getfixturevalue("writer")
        return
    address = request.getfixturevalue("database")
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    event.listen(engine, "connect", lambda raw, _: raw.execute("SET synchronous_commit = off"))
    METADATA.create_all(engine)
    yield Writer(engine, 7)
    engine.dispose()


def walk(writer: Writer, wanted: Filter, size: int, *, between=lambda: None) -> list[int]:
    """Every decision of a list, page by page, with something going on between two pages."""
    seqs, token = [], ""
    while True:
        with writer.engine.connect() as connection:
            page = list_decisions(connection, wanted, LOG, page_size=size, page_token=token)
        assert len(page.decisions) <= size
        seqs += [decision.seq for decision in page.decisions]
        token = page.next_token
        if not token:
            return seqs
        between()


FILTERS = st.builds(
    Filter,
    since_us=st.none() | st.integers(0, 400),
    until_us=st.none() | st.integers(0, 400),
    agent_id=st.sampled_from(("", "", *AGENTS[:3], "nobody")),
    team=st.sampled_from(("", "", *TEAMS)),
    customer_ref=st.sampled_from(("", "", "", *CUSTOMERS)),
    channel=st.sampled_from(("", "", *CHANNELS)),
    policy=st.sampled_from(("", "", "trust", "ownership")),
    state=st.sampled_from(("", "", *STATES)),
    verdict=st.sampled_from(("", "", *VERDICTS)),
    policy_digest=st.sampled_from(("", "", "sha256:a")),
    text=st.sampled_from(("", "", "", "said", "0%", "d_s", "\\")),
    conversation_id=st.sampled_from(("", "", "", "c1")),
    newest_only=st.booleans(),
)


@pytest.mark.parametrize("window", [(17,) * 5, search.WINDOWS])
def test_lists_have_what_a_plain_filter_finds_however_much_is_added_meanwhile(
    either, monkeypatch, window
):
    writer = either
    monkeypatch.setattr(search, "WINDOWS", window)
    writer.write(120)

    @given(FILTERS, st.booleans(), st.integers(4, 60))
    def check(wanted: Filter, with_rule: bool, size: int) -> None:
        if with_rule and wanted.policy:
            wanted = replace(wanted, rule="calm")
        expected = writer.naive(wanted, writer.last)
        with writer.engine.connect() as connection:
            total = list_decisions(connection, wanted, LOG, with_total=True).total
        adds = iter((1, 2, 1))
        seen = walk(writer, wanted, size, between=lambda: writer.write(next(adds, 0)))
        assert seen == expected
        assert total == len(expected)

    check()


def test_a_page_with_many_findings_is_shorter_and_the_next_goes_on(either, monkeypatch):
    writer = either
    writer.write(120)
    monkeypatch.setattr(query, "MOST_FINDINGS", 1)
    with writer.engine.connect() as connection:
        page = list_decisions(connection, Filter(), LOG, page_size=60)
    assert 0 < len(page.decisions) < 60
    assert page.next_token
    assert walk(writer, Filter(), 60) == writer.naive(Filter(), writer.last)


def test_more_than_is_counted_is_told_as_the_least(either, monkeypatch):
    writer = either
    writer.write(30)
    monkeypatch.setattr(query, "MOST_COUNTED", 30)
    with writer.engine.connect() as connection:
        for wanted in (Filter(), Filter(agent_id="ben")):
            there = len(writer.naive(wanted, writer.last))
            for most in (there, there - 1):
                monkeypatch.setattr(query, "MOST_COUNTED", most)
                page = list_decisions(connection, wanted, LOG, with_total=True)
                assert (page.total, page.is_total_least) == (most, most < there)


SINGLE = [
    (Filter(agent_id="ben"), ("decisions_by_agent", "findings_by_agent")),
    (Filter(team="north"), ("decisions_by_team",)),
    (Filter(customer_ref="k1"), ("decisions_by_customer",)),
    (Filter(channel="chat"), ("decisions_by_channel",)),
    (Filter(verdict="coach"), ("decisions_by_verdict",)),
    (Filter(policy_digest="sha256:a"), ("decisions_by_digest",)),
    (Filter(conversation_id="c1"), ("decisions_by_conversation",)),
    (Filter(policy="trust", rule="calm"), ("findings_by_rule",)),
    (Filter(policy="trust", rule="calm", state="missed"), ("findings_by_rule",)),
    (Filter(agent_id="ben", state="missed"), ("COVERING INDEX findings_by_agent",)),
    (Filter(policy="trust", rule="calm", team="north"), ("COVERING INDEX findings_by_rule",)),
    (
        Filter(policy="trust", rule="calm", state="missed", agent_id="ben"),
        ("COVERING INDEX findings_by_agent",),
    ),
    (Filter(state="missed"), ("SEARCH findings USING PRIMARY KEY",)),
    (Filter(state="pending"), ("COVERING INDEX findings_unknown",)),
    (Filter(text="said"), ("SEARCH findings USING PRIMARY KEY",)),
    (
        Filter(text="said", verdict="coach"),
        ("decisions_by_verdict", "findings USING PRIMARY KEY (seq=?"),
    ),
    (Filter(team="north", verdict="coach"), ("COVERING INDEX decisions_by_team",)),
    (Filter(channel="chat", verdict="coach"), ("COVERING INDEX decisions_by_channel",)),
    (Filter(), ("SEARCH decisions USING",)),
]


@pytest.mark.parametrize(("wanted", "indexes"), SINGLE, ids=lambda each: str(each)[:60])
def test_every_filter_goes_through_an_index_and_sorts_nothing(writer, wanted, indexes):
    writer.write(300)
    plans = []
    with writer.engine.connect() as connection:
        for query in Search(wanted, writer.last, 1).queries(writer.last + 1, 50):
            bound = query.compile(writer.engine, compile_kwargs={"literal_binds": True})
            rows = connection.execute(text(f"EXPLAIN QUERY PLAN {bound}".replace(":", "\\:")))
            plans += [row.detail for row in rows]
    told = "\n".join(plans)
    assert all(index in told for index in indexes), told
    assert "TEMP B-TREE" not in told
    assert not any(plan.startswith("SCAN") for plan in plans), told


def test_what_an_agent_has_in_others_conversations_is_looked_for_no_further_than_the_page(writer):
    writer.write(300)
    asked = []
    event.listen(writer.engine, "before_cursor_execute", lambda *args: asked.append(args[3]))
    with writer.engine.connect() as connection:
        wanted = Filter(agent_id="ben", channel="chat")
        page = list_decisions(connection, wanted, LOG, page_size=5)
        main = [each.seq for each in page.decisions if each.agent_id == "ben"]
    spans = [each for each in asked if "ben" in each]
    assert len(spans) == 2
    assert min(main) > 1
    assert 1 in spans[0]
    assert 1 not in spans[1]


def test_a_digest_is_looked_for_where_it_judged(writer):
    writer.write(300)
    first, last = 0, 0
    for each in writer.written:
        if each and each.decision["policy_digest"] == "sha256:a":
            first, last = first or each.decision["seq"], each.decision["seq"]
    asked = []
    event.listen(writer.engine, "before_cursor_execute", lambda *args: asked.append(args[3]))
    with writer.engine.connect() as connection:
        list_decisions(connection, Filter(policy_digest="sha256:a", verdict="coach"), LOG)
        assert any({first, last + 1} <= set(each) for each in asked if "coach" in each)
        assert not list_decisions(connection, Filter(policy_digest="sha256:aa"), LOG).decisions


def test_a_span_of_time_is_found_through_the_index(writer):
    writer.write(30)
    seen = []
    event.listen(
        writer.engine, "before_cursor_execute", lambda *args: seen.append((args[2], args[3]))
    )
    with writer.engine.connect() as connection:
        list_decisions(connection, Filter(since_us=10, until_us=20), LOG)
        asked = [each for each in seen if "at_us >=" in each[0]]
        assert len(asked) == 2
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert "decisions_by_time" in plan.fetchone().detail


def test_an_empty_log_has_an_empty_page(writer):
    with writer.engine.connect() as connection:
        page = list_decisions(connection, Filter(), LOG, with_total=True)
    assert (page.decisions, page.next_token, page.total) == ((), "", 0)


def test_a_short_page_may_have_a_next_one_where_much_had_to_be_searched(writer, monkeypatch):
    monkeypatch.setattr(search, "WINDOWS", (10,) * 5)
    writer.write(200)
    with writer.engine.connect() as connection:
        page = list_decisions(connection, Filter(text="nowhere"), LOG)
    assert page.decisions == ()
    assert page.next_token
    assert walk(writer, Filter(text="nowhere"), 5) == []


def a_token(writer: Writer, wanted: Filter, log_id: str = LOG) -> str:
    with writer.engine.connect() as connection:
        return list_decisions(connection, wanted, log_id, page_size=1).next_token


@pytest.mark.parametrize("field", [field.name for field in fields(Filter)])
def test_a_token_holds_for_its_own_filter_only(writer, field):
    writer.write(30)
    token = a_token(writer, Filter())
    other = {"since_us": 1, "until_us": 9, "newest_only": True}.get(field, "x")
    wanted = replace(Filter(policy="x" if field == "rule" else ""), **{field: other})
    with writer.engine.connect() as connection, pytest.raises(BadPageToken) as raised:
        list_decisions(connection, wanted, LOG, page_token=token)
    assert raised.value.problems[0].code == "C170"


def test_a_token_that_was_changed_anywhere_is_refused(writer):
    writer.write(30)
    token = a_token(writer, Filter())
    with writer.engine.connect() as connection:
        for at in range(len(token)):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            if changed == token:
                continue
            with pytest.raises(BadPageToken):
                list_decisions(connection, Filter(), LOG, page_token=changed)


@pytest.mark.parametrize("token", ["x", "ü", "AAAA", "====", "a b", "A" * 400, "null"])
def test_what_is_no_token_is_refused_with_what_to_do(writer, token):
    with writer.engine.connect() as connection, pytest.raises(BadPageToken) as raised:
        list_decisions(connection, Filter(), LOG, page_token=token)
    assert "to begin anew" in raised.value.problems[0].fix


def test_a_token_of_another_log_is_refused(writer):
    writer.write(30)
    token = a_token(writer, Filter(), "another log")
    with writer.engine.connect() as connection, pytest.raises(BadPageToken):
        list_decisions(connection, Filter(), LOG, page_token=token)


@pytest.mark.parametrize("size", [-1, 1_001])
def test_a_page_of_a_wrong_size_is_refused(writer, size):
    with writer.engine.connect() as connection, pytest.raises(BadQuery) as raised:
        list_decisions(connection, Filter(), LOG, page_size=size)
    assert raised.value.problems[0].field == "page_size"


def test_a_rule_needs_its_policy(writer):
    with writer.engine.connect() as connection, pytest.raises(AmityError) as raised:
        list_decisions(connection, Filter(rule="calm"), LOG)
    assert raised.value.problems[0].code == "C172"
