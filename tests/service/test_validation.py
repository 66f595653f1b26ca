"""ValidateBundle says what activating a bundle would say, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
import pytest
from tests.service.reloadkit import (
    cases,
    copied,
    explode,
    following,
    overreach,
    packed,
    signed_only,
    spoil,
)

from amity.bundles.archive import read_archive
from amity.bundles.folder import read_folder
from amity.bundles.keys import load_private, new_key
from amity.bundles.signature import sign
from amity.service.status import problems_in, status_in
from amity.source import Problems
from amity.v1 import policy_service_pb2_grpc
from amity.v1.policy_service_pb2 import ValidateBundleRequest


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path / "policies")


@pytest.fixture
def validate(channel):
    stub = policy_service_pb2_grpc.PolicyServiceStub(channel)
    return lambda data: stub.ValidateBundle(ValidateBundleRequest(bundle=data))


def test_a_good_bundle_is_told_with_its_digest_and_counts(validate, folder):
    cases(folder, "no_opportunity")
    found = validate(packed(folder))
    assert not found.problems
    assert found.digest == read_folder(folder, Problems()).digest
    assert (found.name, found.version, found.signed_by) == ("small", "1", "")
    assert (found.policies, found.rules, found.cues, found.cases) == (1, 3, 3, 1)


def test_problems_have_their_places(validate, folder):
    spoil(folder, 1)
    found = validate(packed(folder))
    (problem,) = found.problems
    assert (problem.code, problem.file, problem.line) == ("Y111", "policy.yaml", 31)
    assert (found.problem_count, found.policies) == (1, 0)
    assert found.digest


def test_failing_cases_are_told(validate, folder):
    cases(folder, "missed")
    assert [problem.code for problem in validate(packed(folder)).problems] == ["B240"]


def test_a_condition_that_could_explode_is_told(validate, folder):
    explode(folder, 1)
    found = validate(packed(folder))
    assert [(each.code, each.line) for each in found.problems] == [("V138", 30)]


def test_errors_and_warnings_of_lint_are_told_apart(validate, folder):
    overreach(folder, 1)
    cases(folder, "missed")
    found = validate(packed(folder))
    assert [problem.code for problem in found.problems] == ["L111", "L111", "B240"]
    assert all(problem.file and problem.line and problem.fix for problem in found.problems)
    assert "L153" in [problem.code for problem in found.warnings]
    assert {problem.file for problem in found.warnings} <= {
        "policy.yaml",
        "cases.yaml",
        "cues.yaml",
    }
    assert found.warning_count == len(found.warnings)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "B203"), (b"hello", "B202")], ids=["empty", "nonsense"]
)
def test_what_is_no_bundle_is_told(validate, data, code):
    found = validate(data)
    assert [problem.code for problem in found.problems] == [code]
    assert found.digest == ""


def test_who_signed_is_told_where_signatures_are_needed(folder, tmp_path):
    now = datetime.now(UTC)
    for name in ("kim", "stranger"):
        new_key(name, tmp_path, now, None)
    archive = read_archive(packed(folder), "x")
    by = {
        name: sign(archive, load_private(tmp_path / f"{name}.key"), now).to_bytes()
        for name in ("kim", "stranger")
    }
    path = tmp_path / "p.tar.gz"
    path.write_bytes(by["kim"])
    with following(path, settings=signed_only(tmp_path / "kim.pub")) as server:
        ask = server.policies.ValidateBundle
        assert ask(ValidateBundleRequest(bundle=by["kim"])).signed_by.startswith("kim (")
        found = ask(ValidateBundleRequest(bundle=by["stranger"]))
        assert [problem.code for problem in found.problems] == ["S202"]
        assert found.rules == 3


def test_more_bundles_than_may_wait_are_refused(channel, folder):
    stub = policy_service_pb2_grpc.PolicyServiceStub(channel)
    request = ValidateBundleRequest(bundle=packed(folder))
    calls = [stub.ValidateBundle.future(request) for _ in range(8)]
    refused = [call for call in calls if call.exception() is not None]
    assert len(refused) == 4
    for call in refused:
        assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        (problem,) = problems_in(status_in(dict(call.trailing_metadata())))
        assert problem.code == "B246"
