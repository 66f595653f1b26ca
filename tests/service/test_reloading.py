"""New policies are taken up between requests, and bad ones never."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from tests.bundles.test_address import reply, served
from tests.service.reloadkit import (
    SETTINGS,
    cases,
    change,
    copied,
    explode,
    following,
    opened,
    overreach,
    packed,
    signed_only,
    spoil,
)

from amity.bundles.archive import read_archive
from amity.bundles.keys import load_private, new_key
from amity.bundles.signature import sign
from amity.errors import BadBundle
from amity.service.server import running_server
from amity.service.status import problems_in, status_in
from amity.v1 import policy_service_pb2_grpc
from amity.v1.policy_service_pb2 import (
    POLICY_SOURCE_KIND_FOLDER,
    RELOAD_OUTCOME_ACTIVATED,
    RELOAD_OUTCOME_REFUSED,
    RELOAD_OUTCOME_UNCHANGED,
    ReloadPoliciesRequest,
)

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path / "policies")


def test_a_changed_folder_is_taken_up_by_itself(folder):
    with following(folder) as server:
        before = server.decide()
        change(folder, 1)
        status = server.until(lambda status: status.bundle.digest != before)
        assert server.decide() == status.bundle.digest
        assert (status.reload.activated, status.reload.HasField("failure")) == (1, False)
        assert status.reload.sources[0].kind == POLICY_SOURCE_KIND_FOLDER
        (event,) = server.events("policies_activated")
        assert (event["before"], event["digest"]) == (before, status.bundle.digest)


def test_bad_policies_leave_the_last_good_active_and_show_everywhere(folder):
    with following(folder) as server:
        before = server.decide()
        assert server.health() == {"": True, "policies": True}
        spoil(folder, 1)
        answer = server.reload()
        assert (answer.outcome, answer.policy_digest) == (RELOAD_OUTCOME_REFUSED, before)
        failure = server.status().reload.failure
        assert failure == answer.failure
        assert [(each.code, each.file, each.line) for each in failure.problems] == [
            ("Y111", "policy.yaml", 31)
        ]
        assert failure.digest not in ("", before)
        assert failure.since.ToDatetime(UTC) > NOW
        assert server.decide() == before
        assert server.health() == {"": True, "policies": False}
        (event,) = server.events("policies_refused")
        assert event["active"] == before
        assert "policy.yaml:31:5: Y111" in event["problems"][0]
        spoil(folder, 2)
        assert server.reload().failure.since == failure.since
        change(folder, 3)
        assert server.reload().outcome == RELOAD_OUTCOME_ACTIVATED
        assert server.health() == {"": True, "policies": True}
        assert not server.status().reload.HasField("failure")


def test_going_back_to_what_is_active_ends_the_failure(folder):
    change(folder, 0)
    with following(folder) as server:
        spoil(folder, 1)
        assert server.reload().outcome == RELOAD_OUTCOME_REFUSED
        change(folder, 0)
        assert server.reload().outcome == RELOAD_OUTCOME_UNCHANGED
        assert server.health()["policies"]
        assert server.events("policies_good_again")


def test_policies_whose_cases_fail_are_refused(folder):
    with following(folder) as server:
        cases(folder, "missed")
        (problem,) = server.reload().failure.problems
        assert (problem.code, problem.file, problem.line) == ("B240", "cases.yaml", 10)
        assert "no-dismissal must be missed, but is no_opportunity" in problem.message
        cases(folder, "no_opportunity")
        assert server.reload().outcome == RELOAD_OUTCOME_ACTIVATED


def test_policies_whose_cues_fail_their_examples_are_refused(folder):
    with following(folder) as server:
        cues = folder / "cues.yaml"
        text = cues.read_text(encoding="utf-8").replace("I am frustrated", "I am not amused")
        cues.write_text(text, encoding="utf-8")
        assert "Q130" in [problem.code for problem in server.reload().failure.problems]


def test_policies_in_which_lint_finds_an_error_are_refused(folder):
    with following(folder) as server:
        before = server.decide()
        overreach(folder, 1)
        failure = server.reload().failure
        assert [(each.code, each.file, each.line) for each in failure.problems] == [
            ("L111", "policy.yaml", 22),
            ("L111", "policy.yaml", 29),
        ]
        assert failure.problems[0].fix.startswith("remove one of the two sides")
        assert failure == server.status().reload.failure
        assert server.decide() == before
        assert not server.health()["policies"]
        (event,) = server.events("policies_refused")
        assert "policy.yaml:22:13: L111" in event["problems"][0]


def test_a_condition_that_could_explode_is_refused_and_named(folder):
    with following(folder) as server:
        before = server.decide()
        explode(folder, 1)
        (problem,) = server.reload().failure.problems
        assert (problem.code, problem.file, problem.line) == ("V138", "policy.yaml", 30)
        assert "mostly for filter" in problem.message
        assert problem.fix
        assert list(server.status().reload.failure.problems) == [problem]
        assert server.decide() == before


def test_what_lint_warns_about_is_told_and_refuses_nothing(folder):
    with following(folder) as server:
        at_start = {each.code for each in server.status().reload.warnings}
        assert {"L131", "L191"} <= at_start
        (event,) = server.events("policies_warned_about")
        assert event["digest"] == server.digest
        cases(folder, "no_opportunity")
        answer = server.reload()
        assert answer.outcome == RELOAD_OUTCOME_ACTIVATED
        (remark,) = [each for each in answer.warnings if each.code == "L131"]
        assert (remark.file, remark.line, remark.column) == ("policy.yaml", 25, 5)
        assert remark.fix
        status = server.status().reload
        assert (list(status.warnings), status.warning_count) == (
            list(answer.warnings),
            answer.warning_count,
        )
        assert server.health()["policies"]
        assert server.events("policies_warned_about")[-1]["warning_count"] == answer.warning_count


def test_refused_policies_are_told_with_their_warnings_too(folder):
    with following(folder) as server:
        spoil(folder, 1)
        failure = server.reload().failure
        assert [each.code for each in failure.problems] == ["Y111"]
        assert failure.warning_count == len(failure.warnings)


def test_a_folder_that_goes_away_is_told_and_comes_back(folder):
    with following(folder) as server:
        before = server.decide()
        folder.rename(folder.with_name("elsewhere"))
        status = server.until(lambda status: status.reload.HasField("failure"))
        assert status.reload.sources[0].problem.code == "B101"
        assert status.reload.failure.digest == ""
        assert server.decide() == before
        folder.with_name("elsewhere").rename(folder)
        server.until(lambda status: not status.reload.HasField("failure"))


def test_a_server_with_fixed_policies_does_not_reload(judge):
    with running_server(judge) as address, grpc.insecure_channel(address) as channel:
        stub = policy_service_pb2_grpc.PolicyServiceStub(channel)
        with pytest.raises(grpc.RpcError) as raised:
            stub.ReloadPolicies(ReloadPoliciesRequest())
        assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        (problem,) = problems_in(status_in(dict(raised.value.trailing_metadata())))
        assert problem.code == "B245"


def test_a_bundle_file_is_followed(folder, tmp_path):
    path = tmp_path / "p.tar.gz"
    path.write_bytes(packed(folder))
    with following(path) as server:
        before = server.decide()
        path.write_bytes(path.read_bytes()[:100])
        status = server.until(lambda status: status.reload.HasField("failure"))
        assert status.reload.failure.problems[0].code == "B203"
        change(folder, 1)
        path.write_bytes(packed(folder))
        server.until(lambda status: status.bundle.digest != before)


def cut(data):
    return data[:-40]


def tampered(data):
    return gzip.compress(gzip.decompress(data).replace(b"Stay calm.", b"Keep calm."))


def with_member(name, kind=tarfile.REGTYPE, size=0):
    """Adds a member to a bundle file that its manifest does not list."""

    def add(data):
        into = io.BytesIO(gzip.decompress(data))
        with tarfile.open(fileobj=into, mode="a", format=tarfile.USTAR_FORMAT) as archive:
            made = tarfile.TarInfo(name)
            made.type, made.linkname, made.size = kind, "/etc/passwd", size
            archive.addfile(made, io.BytesIO(bytes(size)) if size else None)
        return gzip.compress(into.getvalue(), 1)

    return add


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (cut, "B203"),
        (tampered, "B220"),
        (with_member("policies/../../etc/x.yaml"), "B210"),
        (with_member("policies/l.yaml", tarfile.SYMTYPE), "B211"),
        (with_member("policies/bomb.yaml", size=50_000_000), "B207"),
        (lambda _: b"", "B203"),
    ],
    ids=["truncated", "tampered", "traversal", "symlink", "bomb", "empty"],
)
def test_a_hostile_bundle_file_leaves_the_last_good_active(spoiled, code, folder, tmp_path):
    path = tmp_path / "policies.tar.gz"
    path.write_bytes(packed(folder))
    with following(path) as server:
        before = server.decide()
        path.write_bytes(spoiled(packed(folder)))
        answer = server.reload()
        assert code in [problem.code for problem in answer.failure.problems]
        assert answer.policy_digest == server.decide() == before
        assert not server.health()["policies"]
        path.write_bytes(packed(folder))
        assert not server.reload().HasField("failure")


@pytest.mark.parametrize(
    ("name", "size", "code"), [("huge.yaml", 50_000_000, "Y101"), ("link.yaml", -1, "B211")]
)
def test_a_hostile_file_in_a_folder_leaves_the_last_good_active(name, size, code, folder):
    with following(folder) as server:
        before = server.decide()
        if size < 0:
            (folder / name).symlink_to("/etc/passwd")
        else:
            with (folder / name).open("wb") as file:
                file.truncate(size)
        failure = server.reload().failure
        assert [(each.code, each.file) for each in failure.problems] == [(code, name)]
        assert server.decide() == before


def test_an_address_is_polled_and_the_last_good_kept_while_it_flaps(folder):
    answers = {"status": 200, "body": packed(folder), "etag": '"1"'}

    def answer(handler):
        now = dict(answers)
        if now["status"] == 0:
            time.sleep(2)
        elif handler.headers.get("If-None-Match") == now["etag"]:
            reply(handler, 304)
        else:
            reply(handler, now["status"], now["body"], ETag=now["etag"])

    with served(answer) as (url, seen), following(url) as server:
        before = server.decide()
        asked = len(seen)
        server.until(lambda _: len(seen) > asked + 1)
        for status, code in ((500, "B233"), (0, "B232")):
            answers.update(status=status, etag=f'"{status}"')
            server.until(
                lambda told, code=code: [p.code for p in told.reload.failure.problems] == [code]
            )
            assert server.decide() == before
            answers.update(status=200, etag='"1"')
            server.until(lambda told: not told.reload.HasField("failure"))
        change(folder, 1)
        answers.update(body=packed(folder), etag='"2"')
        server.until(lambda told: told.bundle.digest != before)


def test_an_address_that_asks_who_we_are_is_told_the_newest_word(folder, tmp_path):
    token = tmp_path / "token"
    token.write_text("Bearer one\n", encoding="utf-8")
    words = {"Bearer one"}

    def answer(handler):
        is_known = handler.headers.get("Authorization") in words
        reply(handler, 200 if is_known else 401, packed(folder) if is_known else b"")

    settings = replace(SETTINGS, source_authorization=f"file:{token}")
    with served(answer) as (url, _), following(url, settings=settings) as server:
        words.add("Bearer two")
        words.remove("Bearer one")
        (problem,) = server.reload().failure.problems
        assert (problem.code, "401" in problem.message) == ("B233", True)
        token.write_text("Bearer two\n", encoding="utf-8")
        change(folder, 1)
        assert server.reload().outcome == RELOAD_OUTCOME_ACTIVATED
        assert "Bearer" not in server.log_stream.getvalue()


def test_only_bundles_that_a_trusted_key_signed_are_taken_up(folder, tmp_path):
    for name in ("kim", "stranger"):
        new_key(name, tmp_path, NOW, NOW + timedelta(days=1))
    path = tmp_path / "p.tar.gz"

    def write(number, *keys):
        change(folder, number)
        archive = read_archive(packed(folder), "x")
        for key in keys:
            archive = sign(archive, load_private(tmp_path / f"{key}.key"), NOW)
        path.write_bytes(archive.to_bytes())

    write(0, "kim")
    with following(path, settings=signed_only(tmp_path / "kim.pub")) as server:
        before = server.decide()
        assert server.status().reload.sources[0].signed_by.startswith("kim (")
        for number, keys, code in ((1, (), "S201"), (2, ("stranger",), "S202")):
            write(number, *keys)
            assert [each.code for each in server.reload().failure.problems] == [code]
            assert server.decide() == before
        write(3, "kim")
        assert server.reload().outcome == RELOAD_OUTCOME_ACTIVATED


def test_a_folder_cannot_stand_where_signatures_are_needed(folder, tmp_path):
    new_key("kim", tmp_path, NOW, None)
    with pytest.raises(BadBundle, match="S212"):
        opened([folder], signed_only(tmp_path / "kim.pub")).open()


def test_a_server_does_not_start_with_bad_policies(folder):
    spoil(folder, 1)
    with pytest.raises(BadBundle, match="Y111"):
        opened([folder]).open()


def test_a_server_does_not_start_with_policies_in_which_lint_finds_an_error(folder):
    overreach(folder, 1)
    with pytest.raises(BadBundle, match="L111"):
        opened([folder]).open()


def test_a_server_does_not_start_with_policies_whose_cases_fail(folder):
    cases(folder, "missed")
    with pytest.raises(BadBundle, match="B240"):
        opened([folder]).open()


def test_the_last_good_policies_stand_in_at_the_start_and_say_so(folder, tmp_path):
    with following(folder, cache=tmp_path / "cache") as server:
        change(folder, 1)
        good = server.reload().policy_digest
    spoil(folder, 2)
    with following(folder, cache=tmp_path / "cache") as server:
        assert server.decide() == good
        status = server.status()
        assert status.reload.from_last_good
        assert [problem.code for problem in status.reload.failure.problems] == ["Y111"]
        assert not server.health()["policies"]
        assert server.events("policies_refused")
        change(folder, 3)
        server.until(lambda status: not status.reload.from_last_good)
        assert server.health()["policies"]


def test_what_stands_in_is_not_good_for_being_the_same_as_the_sources_have(folder, tmp_path):
    overreach(folder, 1)  # as if an earlier version had found nothing wrong
    earlier = opened([folder], SETTINGS, tmp_path / "cache")
    earlier.keep(earlier.fetch())
    with following(folder, cache=tmp_path / "cache") as server:
        assert server.status().reload.from_last_good
        answer = server.reload()
        assert answer.outcome == RELOAD_OUTCOME_REFUSED
        assert {problem.code for problem in answer.failure.problems} == {"L111"}
        assert server.status().reload.from_last_good
        assert not server.health()["policies"]


def test_without_anything_kept_there_is_nothing_to_stand_in(folder, tmp_path):
    spoil(folder, 1)
    with pytest.raises(BadBundle) as raised:
        opened([folder], SETTINGS, tmp_path / "cache").open()
    assert [problem.code for problem in raised.value.problems] == ["Y111", "B244"]


def test_a_last_good_bundle_that_somebody_changed_does_not_stand_in(folder, tmp_path):
    cache = tmp_path / "cache"
    opened([folder], SETTINGS, cache).open()
    (path,) = cache.rglob("0.tar.gz")
    path.write_bytes(path.read_bytes()[:-30])
    spoil(folder, 1)
    with pytest.raises(BadBundle, match="B203"):
        opened([folder], SETTINGS, cache).open()


def test_a_cache_that_cannot_be_written_does_not_keep_a_server_from_starting(folder, tmp_path):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    assert opened([folder], SETTINGS, tmp_path / "cache").open().bundle.rules == 3


def test_a_storm_of_writes_is_a_few_looks_and_no_failed_request(folder):
    done, failures = threading.Event(), []

    def ask(server, size):
        try:
            while not done.is_set():
                assert len(server.decide_many(size)) == 1
                time.sleep(0.005)  # the worker needs a core, too
        except BaseException as error:
            failures.append(error)

    with following(folder) as server:
        threads = [threading.Thread(target=ask, args=(server, size)) for size in (1, 1, 20)]
        for thread in threads:
            thread.start()
        end, number = time.monotonic() + 1.5, 0
        while time.monotonic() < end:
            (spoil if number % 3 == 0 else change)(folder, number)
            number += 1
            time.sleep(0.01)
        change(folder, number)
        outcome = server.reload().outcome
        checks = server.status().reload.checks
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert outcome in (RELOAD_OUTCOME_ACTIVATED, RELOAD_OUTCOME_UNCHANGED)
    assert number > 50
    assert checks < 10


def test_many_who_ask_at_once_share_a_look(folder):
    with following(folder) as server:
        change(folder, 1)
        calls = [server.policies.ReloadPolicies.future(ReloadPoliciesRequest()) for _ in range(50)]
        assert {call.result().policy_digest for call in calls} == {server.digest}
        assert server.status().reload.checks < 6


def test_requests_under_reload_never_fail_and_never_see_two_policies(folder):
    digests: set[str] = set()
    mixed: list[set[str]] = []
    failures: list[BaseException] = []
    done = threading.Event()

    with following(folder) as server:

        def ask(size):
            try:
                while not done.is_set():
                    found = server.decide_many(size) if size else {server.decide()}
                    digests.update(found)
                    if len(found) != 1:
                        mixed.append(found)
                    time.sleep(0.01)  # the worker needs a core, too
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=ask, args=(size,)) for size in (0, 20, 60)]
        for thread in threads:
            thread.start()
        activated = {server.digest}
        for number in range(12):
            (spoil if number % 2 else change)(folder, number)
            activated.add(server.reload().policy_digest)
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert not mixed
    assert len(activated) == 7
    assert digests == activated


def test_a_server_stops_while_policies_are_checked(folder):
    with following(folder) as server:
        change(folder, 1)
        waiting = server.policies.ReloadPolicies.future(ReloadPoliciesRequest())
        time.sleep(0.4)
    assert waiting.done() or waiting.exception(timeout=5) is not None


def test_checking_that_takes_too_long_is_given_up(folder):
    with following(folder, settings=replace(SETTINGS, check_timeout_s=0.01)) as server:
        change(folder, 1)
        assert [each.code for each in server.reload().failure.problems] == ["B243"]


@pytest.mark.skipif(os.name != "posix", reason="SIGHUP is a thing of POSIX")
def test_sighup_looks_at_the_policies_now(folder):
    import signal
    import subprocess
    import sys

    command = ["serve", "--port", "0", "--policies", str(folder), "--watch-every", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "amity.cli.main", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Amity is ready" in process.stderr.readline()
    change(folder, 1)
    process.send_signal(signal.SIGHUP)
    assert any("policies_activated" in line for line in process.stdout)
    process.terminate()
    process.communicate()
    assert process.returncode == 0
