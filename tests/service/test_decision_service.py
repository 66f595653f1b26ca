"""The decision service over a real log: what was decided, why, and what people answer."""

from __future__ import annotations

import dataclasses
import io
from contextlib import ExitStack

import grpc
import pytest
from tests.log.logkit import PlainForms
from tests.service.reloadkit import change, copied

from amity.bundles.sources import source_of
from amity.client import AmityCallError, AmityClient
from amity.log.log import open_log
from amity.plugins.host import load_plugins
from amity.service.opening import Policies
from amity.service.past_policies import PastPolicies
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1 import conversation_pb2, decision_pb2, decision_service_pb2, scorecard_pb2

SETTINGS = Settings(port=0, drain_wait_s=0.0, log_level="error")
D = decision_service_pb2


class Masking(PlainForms):
    """Puts a placeholder where the customer's feeling was named, and keeps the original sealed."""

    def of(self, conversation, decision):
        formed = super().of(conversation, decision)
        turns = [
            {
                **turn,
                "text": turn.get("text", "").replace("frustrated", "<X>").replace("Ann", "<N>"),
            }
            for turn in conversation["turns"]
        ]
        view = {"conversation": {**conversation, "turns": turns}, "decision": decision}
        return dataclasses.replace(formed, view=view)


class NoOriginals(PlainForms):
    def of(self, conversation, decision):
        return dataclasses.replace(super().of(conversation, decision), sealed=None, key_ref="")


@pytest.fixture
def serving(judge):
    with ExitStack() as stack:

        def serve(place, forms=None, with_judge=None, **extra) -> AmityClient:
            log = stack.enter_context(open_log(place, forms or PlainForms()))
            address = stack.enter_context(
                running_server(
                    with_judge or judge, SETTINGS, io.StringIO(), decision_log=log, **extra
                )
            )
            return stack.enter_context(AmityClient(address))

        yield serve


@pytest.fixture
def client(serving, tmp_path) -> AmityClient:
    return serving(tmp_path / "log.db")


def finding(client: AmityClient, seq: int, state=decision_pb2.STATE_MISSED) -> int:
    found = client.get_decision(seq=seq).summary.findings
    return next(each.number for each in found if each.state == state)


def wire(client: AmityClient, message: conversation_pb2.Conversation) -> int:
    """Judge *message*, and give its record's number."""
    from amity.service.wire import conversation_from_wire

    _, receipt = client.evaluate_with_receipt(conversation_from_wire(message))
    return receipt.seq


def problem_of(call) -> tuple[grpc.StatusCode, str, str]:
    with pytest.raises(AmityCallError) as raised:
        call()
    problem = raised.value.problems[0]
    return raised.value.code, problem.code, problem.field


def test_a_decision_is_got_by_its_record_its_id_or_its_conversation(serving, url, conversation):
    client = serving(url)
    seq = wire(client, conversation(name="a"))
    by_seq = client.get_decision(seq=seq)
    assert by_seq.conversation == conversation(name="a")
    assert by_seq.decision.conversation_id == "a"
    assert by_seq.receipt.seq == seq
    assert by_seq.has_original
    assert client.get_decision(conversation_id="a") == by_seq
    assert client.get_decision(decision_id=by_seq.decision.decision_id) == by_seq
    again = wire(client, conversation(name="a"))
    assert client.get_decision(conversation_id="a").summary.seq == again
    assert client.get_decision(seq=seq).summary.superseded_by == again


@pytest.mark.parametrize(
    "name", [{"seq": 9}, {"decision_id": "x"}, {"conversation_id": "x"}, {}], ids=str
)
def test_a_decision_that_is_not_there_is_not_found(client, name):
    code, problem, _ = problem_of(lambda: client.get_decision(**name))
    assert (code, problem) == (grpc.StatusCode.NOT_FOUND, "C161")


def test_people_see_the_redacted_form(serving, tmp_path, conversation):
    client = serving(tmp_path / "log.db", Masking())
    seq = wire(client, conversation())
    assert client.get_decision(seq=seq).conversation.turns[0].text == "I am <X>."


def test_lists_go_through_all_pages(serving, url, conversation):
    client = serving(url)
    seqs = [wire(client, conversation(name=f"c-{index}")) for index in range(7)]
    assert [each.seq for each in client.list_decisions(page_size=3)] == seqs[::-1]
    one = list(client.list_decisions(D.DecisionFilter(conversation_id="c-3")))
    assert [each.seq for each in one] == [seqs[3]]
    state = D.DecisionFilter(state=decision_pb2.STATE_MISSED, customer_id="ann", text="CALM")
    assert len(list(client.list_decisions(state))) == 7
    assert not list(client.list_decisions(D.DecisionFilter(customer_id="somebody")))


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"filter": D.DecisionFilter(rule="x")}, "C172", "filter.rule"),
        ({"page_size": 1_001}, "C171", "page_size"),
        ({"page_token": "x"}, "C170", "page_token"),
        ({"filter": D.DecisionFilter(channel=99)}, "C179", "filter.channel"),
        ({"filter": D.DecisionFilter(verdict=99)}, "C179", "filter.verdict"),
        ({"filter": D.DecisionFilter(state=5)}, "C179", "filter.state"),
    ],
)
def test_what_a_list_cannot_be_asked_is_refused_with_the_field(client, wanted, code, field):
    request = D.ListDecisionsRequest(**wanted)
    told = problem_of(lambda: client._call(client._decisions.ListDecisions, request))
    assert told == (grpc.StatusCode.INVALID_ARGUMENT, code, field)


def test_a_decision_explains_itself_on_the_redacted_words(client, conversation):
    seq = wire(client, conversation())
    explained = client.explain_decision(seq)
    assert {trace.rule for trace in explained.traces} >= {"no-dismissal"}
    assert not explained.differing
    one = client.explain_decision(seq, policy="small-trust", rule="no-dismissal")
    assert [trace.rule for trace in one.traces] == ["no-dismissal"]


def test_rules_that_the_redacted_words_end_otherwise_are_named(serving, tmp_path, conversation):
    client = serving(tmp_path / "log.db", Masking())
    seq = wire(client, conversation())
    explained = client.explain_decision(seq)
    assert explained.differing
    assert "frustrated" not in str(explained.traces)


def test_a_rule_that_the_policies_of_then_have_not_is_not_found(client, conversation):
    seq = wire(client, conversation())
    told = problem_of(lambda: client.explain_decision(seq, policy="small-trust", rule="nope"))
    assert told[:2] == (grpc.StatusCode.NOT_FOUND, "C160")


def test_a_replay_gives_the_same_bytes(serving, url, conversation):
    client = serving(url)
    seq = wire(client, conversation())
    replayed = client.replay_decision(seq)
    assert replayed.result == D.REPLAY_RESULT_SAME
    assert replayed.recorded_sha256 == replayed.replayed_sha256 != ""


def test_without_the_original_a_replay_says_why_it_cannot_compare(serving, tmp_path, conversation):
    client = serving(tmp_path / "log.db", NoOriginals())
    replayed = client.replay_decision(wire(client, conversation()))
    assert replayed.result == D.REPLAY_RESULT_IMPOSSIBLE
    assert [problem.code for problem in replayed.problems] == ["R102"]


def test_policies_that_judged_once_are_kept_for_replays(serving, tmp_path, conversation):
    folder = copied(tmp_path / "policies")
    kept = PastPolicies(tmp_path / "kept")
    policies = Policies(load_plugins(), [source_of(str(folder))], past=kept)
    settings = dataclasses.replace(SETTINGS, kept_policies=kept.folder, watch_every_s=0.0)
    with (
        open_log(tmp_path / "log.db", PlainForms()) as log,
        running_server(policies.open(), settings, io.StringIO(), policies, log) as address,
        AmityClient(address, timeout_s=60) as client,
    ):
        old = wire(client, conversation(name="old"))
        change(folder, 7)
        reload(address)
        new = wire(client, conversation(name="new"))
        digests = {client.get_decision(seq=seq).summary.policy_digest for seq in (old, new)}
        assert len(digests) == 2
        assert client.replay_decision(old).result == D.REPLAY_RESULT_SAME
        assert client.replay_decision(new).result == D.REPLAY_RESULT_SAME
        digest = client.get_decision(seq=old).summary.policy_digest.removeprefix("sha256:")
        (kept.folder / digest).rename(tmp_path / "gone")


def reload(address: str) -> None:
    from amity.v1.policy_service_pb2 import ReloadPoliciesRequest
    from amity.v1.policy_service_pb2_grpc import PolicyServiceStub

    with grpc.insecure_channel(address) as channel:
        PolicyServiceStub(channel).ReloadPolicies(ReloadPoliciesRequest())


def test_policies_that_are_not_at_hand_are_told_with_where_they_were_looked_for(
    serving, tmp_path, judge, conversation
):
    place = tmp_path / "log.db"
    with ExitStack() as stack:
        log = stack.enter_context(open_log(place, PlainForms()))
        address = stack.enter_context(
            running_server(judge, SETTINGS, io.StringIO(), decision_log=log)
        )
        client = stack.enter_context(AmityClient(address))
        seq = wire(client, conversation())
    folder = copied(tmp_path / "policies")
    change(folder, 1)
    from amity.judge import open_judge

    settings = dataclasses.replace(SETTINGS, kept_policies=tmp_path / "kept")
    with (
        open_log(place, PlainForms()) as log,
        running_server(open_judge([folder]), settings, io.StringIO(), decision_log=log) as address,
        AmityClient(address) as client,
    ):
        replayed = client.replay_decision(seq)
    assert replayed.result == D.REPLAY_RESULT_IMPOSSIBLE
    assert replayed.problems[0].code == "R110"
    assert str(tmp_path / "kept") in replayed.problems[0].fix


def test_a_dispute_is_opened_and_decided_and_the_finding_stays(serving, url, conversation):
    client = serving(url)
    seq = wire(client, conversation())
    number = finding(client, seq)
    dispute = client.dispute_finding(seq, number, by="ben", reason="I was quoting the customer.")
    assert dispute.state == D.DISPUTE_STATE_OPEN
    assert dispute.finding == decision_pb2.STATE_MISSED
    assert [each.dispute_id for each in client.list_disputes(D.DISPUTE_STATE_OPEN)] == [
        dispute.dispute_id
    ]
    upheld = client.uphold(dispute.dispute_id, by="rae", reason="It was not a quote.")
    assert upheld.state == D.DISPUTE_STATE_UPHELD
    overturned = client.overturn(
        dispute.dispute_id,
        by="rae",
        reason="On second thought, it was.",
        corrected=decision_pb2.STATE_NO_OPPORTUNITY,
    )
    assert overturned.corrected == decision_pb2.STATE_NO_OPPORTUNITY
    assert [step.by for step in overturned.steps] == ["ben", "rae", "rae"]
    assert [step.state for step in overturned.steps] == [1, 2, 3]
    shown = client.get_decision(seq=seq)
    assert list(shown.disputes) == [overturned]
    assert shown.decision.outcomes[number].state == decision_pb2.STATE_MISSED
    assert not list(client.list_disputes(D.DISPUTE_STATE_OPEN))
    assert client.verify_log().valid


def test_the_reason_of_a_dispute_is_redacted_before_it_is_kept(serving, tmp_path, conversation):
    client = serving(tmp_path / "log.db", Masking())
    seq = wire(client, conversation())
    number = finding(client, seq)
    dispute = client.dispute_finding(seq, number, by="ben", reason="Ann asked for it.")
    assert dispute.steps[0].reason == "<N> asked for it."


def test_a_finding_is_disputed_once_at_a_time(client, conversation):
    seq = wire(client, conversation())
    number = finding(client, seq)
    client.dispute_finding(seq, number, by="ben", reason="no")
    told = problem_of(lambda: client.dispute_finding(seq, number, by="bea", reason="no"))
    assert told[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "C174")


def test_what_is_no_dispute_is_refused(client, conversation):
    seq = wire(client, conversation())
    number = finding(client, seq)
    assert problem_of(lambda: client.dispute_finding(seq, 999, by="b", reason="r"))[1] == "C163"
    assert problem_of(lambda: client.dispute_finding(99, 0, by="b", reason="r"))[1] == "C161"
    assert problem_of(lambda: client.dispute_finding(seq, number, by="", reason="r"))[1:] == (
        "C173", "by",
    )  # fmt: skip
    assert problem_of(lambda: client.uphold("x", by="b", reason="r"))[1] == "C165"
    dispute = client.dispute_finding(seq, number, by="ben", reason="no")
    same = decision_pb2.STATE_MISSED
    told = problem_of(
        lambda: client.overturn(dispute.dispute_id, by="b", reason="r", corrected=same)
    )
    assert told[1:] == ("C176", "corrected")
    request = D.ResolveDisputeRequest(dispute_id=dispute.dispute_id, by="b", reason="r")
    told = problem_of(lambda: client._call(client._decisions.ResolveDispute, request))
    assert told[1] == "C175"


def test_disputes_come_in_pages(client, conversation):
    made = []
    for index in range(5):
        seq = wire(client, conversation(name=f"c-{index}"))
        made.append(client.dispute_finding(seq, finding(client, seq), by="b", reason="r"))
    request = D.ListDisputesRequest(page_size=2)
    page = client._decisions.ListDisputes(request)
    assert len(page.disputes) == 2
    assert [each.dispute_id for each in client.list_disputes()] == [
        each.dispute_id for each in reversed(made)
    ]


def test_what_became_of_a_conversation_is_recorded(serving, url, conversation):
    client = serving(url)
    seq = wire(client, conversation(name="a"))
    recorded = client.record_outcome("a", "csat", 4)
    assert recorded.seq == seq + 1
    assert [(each.name, each.value) for each in client.get_decision(seq=seq).outcomes] == [
        ("csat", 4.0)
    ]
    assert client.verify_log().valid


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("a", "Not a name", 1.0), "C177"),
        (("a", "csat", float("nan")), "C178"),
        (("nobody", "csat", 1.0), "C162"),
    ],
)
def test_what_is_no_outcome_is_refused(client, conversation, given, code):
    wire(client, conversation(name="a"))
    assert problem_of(lambda: client.record_outcome(*given))[1] == code


def test_verifying_tells_how_far_it_came_and_what_is_wrong(serving, tmp_path, conversation):
    client = serving(tmp_path / "log.db")
    for index in range(3):
        wire(client, conversation(name=f"c-{index}"))
    messages = list(client._decisions.VerifyLog(D.VerifyLogRequest()))
    counts = [message.checked for message in messages]
    assert counts == sorted(counts)
    assert [message.HasField("summary") for message in messages] == [False, False, True]
    assert messages[-1].checked == messages[-1].total == 3
    assert messages[-1].summary.valid
    import sqlite3

    with sqlite3.connect(tmp_path / "log.db") as other:
        other.execute("UPDATE decisions SET verdict = 'commend' WHERE seq = 2")
    other.close()
    summary = client.verify_log()
    assert not summary.valid
    assert summary.first_bad_seq == 2


def test_a_scorecard_counts_what_was_judged(client, conversation):
    wire(client, conversation())
    today = client.get_decision(seq=1).summary.recorded_at.ToDatetime().date().isoformat()
    card = client.get_scorecard(
        scorecard_pb2.GetScorecardRequest(agent="ben", first_day=today, last_day=today, moments=3)
    )
    assert card.conversations == 1
    assert card.all.counts.missed >= 1


def test_a_call_without_a_log_ends_with_what_to_do_even_where_it_streams(judge):
    with running_server(judge) as address, AmityClient(address) as client:
        code, problem, _ = problem_of(client.verify_log)
    assert (code, problem) == (grpc.StatusCode.FAILED_PRECONDITION, "C166")
