"""Errors to statuses and back."""

from __future__ import annotations

import pytest

from amity.errors import AmityError, BadConversation, Problem, StartupError
from amity.service.failures import CODES, Expired, NotFound, Overloaded
from amity.service.status import code_of, internal_status, problems_in, retry_after_s, status_of

PROBLEMS = (
    Problem(
        "C110",
        'no participant has the id "bob"',
        field="conversation.turns[0].participant_id",
        fix="send (one)",
    ),
    Problem("C101", "the id is empty", field="conversation.id"),
)


def test_problems_come_back_as_they_were():
    assert problems_in(status_of(BadConversation("two problems", PROBLEMS))) == PROBLEMS


def test_one_problem_is_told_in_the_message_itself():
    assert status_of(BadConversation("a problem", PROBLEMS[1:])).message == str(PROBLEMS[1])


@pytest.mark.parametrize(
    "error",
    [Expired(), Overloaded(9, 1.5), NotFound("none", [Problem("C160", "none", fix="look")])],
)
def test_errors_that_are_no_bad_fields_come_back_with_code_and_fix(error):
    (problem,) = problems_in(status_of(error))
    assert (problem.code, problem.fix) == (error.problems[0].code, error.problems[0].fix)
    assert problem.code in CODES


def test_a_delay_comes_back():
    assert retry_after_s(status_of(Overloaded(9, 1.25))) == 1.25
    assert retry_after_s(status_of(Expired())) is None


def test_many_problems_fit_into_the_metadata_of_any_client():
    problems = [
        Problem("C110", "m" * 500, field=f"turns[{index}].participant_id", fix="f" * 60)
        for index in range(99)
    ]
    status = status_of(BadConversation("99 problems", problems))
    assert len(status.SerializeToString()) < 5_500
    assert problems_in(status)[-1].message.endswith("more problems are not listed")


def test_a_message_is_one_line():
    assert "\n" not in status_of(BadConversation("one\ntwo")).message


@pytest.mark.parametrize("error", [AmityError("x"), StartupError("x")])
def test_an_error_that_is_no_answer_to_a_request_is_a_failed_precondition(error):
    assert code_of(error).name == "FAILED_PRECONDITION"


def test_a_fault_of_ours_tells_its_id_and_nothing_else():
    status = internal_status("abc")
    assert (status.message, len(status.details)) == (
        "S120 the server failed; its log has the error id abc",
        1,
    )
