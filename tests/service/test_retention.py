"""What the privacy file keeps no longer is dropped while the server runs, and told as counts."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from tests.log.logkit import PlainForms
from tests.service.test_anchoring import judged, until
from tests.service.test_metrics import scrape

from amity.log.log import open_log
from amity.log.verify import verify
from amity.service.logs import open_log as open_server_log
from amity.service.retention import Retaining, retaining_for
from amity.service.server import running_server
from amity.service.settings import Settings

PRIVACY = """\
apiVersion: amity/v1
kind: Privacy
retention: {sealed: 30 days, view: 60 days}
"""
DAY_US = 86_400_000_000


@pytest.fixture
def settings(tmp_path):
    privacy = tmp_path / "privacy.yaml"
    privacy.write_text(PRIVACY)
    return Settings(
        port=0,
        drain_wait_s=0.0,
        metrics_port=0,
        log=str(tmp_path / "log.db"),
        privacy=privacy,
        log_level="info",
    )


@pytest.fixture
def aged(settings, judge, conversation):
    """A log with a record of 90 days ago and one of today."""
    from amity.log.log import now_us

    for name, days in (("c-old", 90), ("c-new", 0)):
        with (
            open_log(
                settings.log, PlainForms(), clock=lambda days=days: now_us() - days * DAY_US
            ) as log,
            running_server(
                judge, Settings(port=0, drain_wait_s=0.0), io.StringIO(), decision_log=log
            ) as address,
        ):
            judged(address, conversation, name)
    return settings


def told(output, event):
    lines = map(json.loads, output.getvalue().splitlines())
    return [line for line in lines if line["event"] == event]


def test_what_is_over_goes_and_is_told_before_and_after_as_counts(judge, aged):
    output = io.StringIO()
    with running_server(judge, aged, output):
        until(lambda: told(output, "retention_done"))
        assert scrape(output)("amity_log_retention_dropped_total", form="view") == 1
        assert scrape(output)("amity_log_retention_dropped_total", form="sealed") == 1
        assert scrape(output)("amity_log_retention_success_timestamp_seconds") > 0
    for event in ("retention_due", "retention_done"):
        (line,) = told(output, event)
        assert (line["views"], line["sealed"], line["looked_at"]) == (1, 1, 1)
    with open_log(aged.log, PlainForms()) as log:
        assert log.payload(1).view is None
        assert log.payload(2).view is not None
        assert verify(log).is_good


def test_it_can_be_left_to_the_command(judge, aged):
    with open_log(aged.log, PlainForms()) as log:
        logger = open_server_log(io.StringIO())
        assert retaining_for(replace(aged, retain_every_s=0.0), log, logger) is None
        assert retaining_for(replace(aged, privacy=None), log, logger) is None
        aged.privacy.write_text("apiVersion: amity/v1\nkind: Privacy\n")
        assert retaining_for(aged, log, logger) is None


def test_a_failure_is_told_counted_and_tried_again(aged):
    output = io.StringIO()
    with open_log(aged.log, PlainForms()) as log:
        each = retaining_for(aged, log, open_server_log(output))
    assert isinstance(each, Retaining)
    each.once()  # the log is closed
    assert told(output, "retention_failed")[0]["codes"]
    samples = {s.name: s.value for family in each.metrics() for s in family.samples}
    assert samples["amity_log_retention_failures_total"] == 1
