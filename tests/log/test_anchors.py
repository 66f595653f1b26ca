"""Heads signed and kept elsewhere."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.log.logkit import entry

from amity.bundles.keys import load_private, load_trusted, new_key
from amity.log.anchoring import Anchorer, FileSink, StreamSink, WebhookSink
from amity.log.anchors import Anchor, BadAnchor, read_anchors
from amity.log.verify import verify

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    _, private, public = new_key("anchors", folder, NOON, None)
    return load_private(private), load_trusted(public)


@pytest.fixture
def log(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    log.append(entry(1)).result(30)
    return log


def anchorer(log, key, *sinks, **options):
    return Anchorer(log, key, sinks, clock=lambda: NOON, **options)


def test_an_anchored_log_proves_against_its_file(log, keys, tmp_path):
    key, trusted = keys
    path = tmp_path / "heads.jsonl"
    each = anchorer(log, key, FileSink(path))
    each.anchor()
    log.append(entry(2)).result(30)
    each.close()
    anchors = read_anchors(path, trusted)
    assert [anchor.head.seq for anchor in anchors] == [1, 2]
    assert verify(log, anchors).is_good


def test_a_head_is_anchored_once(log, keys, tmp_path):
    each = anchorer(log, keys[0], FileSink(tmp_path / "heads"))
    assert each.anchor() is not None
    assert each.anchor() is None


def test_an_empty_log_has_nothing_to_anchor(tmp_path, keys, opened):
    assert anchorer(opened(tmp_path / "empty.db"), keys[0]).anchor() is None


def test_a_line_of_standard_output_is_an_anchor_among_other_lines(log, keys, tmp_path):
    stream = io.StringIO()
    stream.write('{"event": "started"}\n')
    anchorer(log, keys[0], StreamSink(stream)).anchor()
    path = tmp_path / "server.log"
    path.write_text(stream.getvalue())
    assert [anchor.head for anchor in read_anchors(path, keys[1])] == [log.head]


@pytest.fixture
def receiver():
    """A web server that keeps what is posted, and answers with the codes that it is given."""
    got, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop(0) if answers else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/heads?x=1", got, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_anchor_is_posted(log, keys, receiver):
    url, got, _ = receiver
    anchorer(log, keys[0], WebhookSink(url)).anchor()
    assert Anchor.from_json(got[0]).head == log.head


def test_a_place_that_fails_is_told_and_tried_again_and_keeps_no_other_from_its_anchor(
    log, keys, receiver, tmp_path
):
    url, got, answers = receiver
    answers.append(500)
    told = []
    path = tmp_path / "heads"
    each = anchorer(log, keys[0], WebhookSink(url), FileSink(path), notice=told.append)
    each.anchor()
    assert [problem.code for problem in told] == ["G240"]
    assert (each.failures, each.anchored, each.failure) == (1, None, told[0])
    assert each.anchor() is not None
    assert (each.failure, each.failing_s) == (None, 0.0)
    assert each.anchored is not None
    assert len(got) == 2
    assert len(read_anchors(path)) == 1


def test_how_long_it_has_failed_is_known_and_the_same_failure_is_told_once(log, keys, tmp_path):
    told, now = [], [100.0]
    gone = tmp_path / "none" / "heads"
    each = anchorer(log, keys[0], FileSink(gone), notice=told.append, elapsed=lambda: now[0])
    each.anchor()
    now[0] += 30
    each.anchor()
    assert (each.failures, each.failing_s, len(told)) == (2, 30.0, 1)
    gone.parent.mkdir()
    each.anchor()
    assert each.failing_s == 0.0


def test_the_thread_anchors_by_itself(log, keys, tmp_path):
    path = tmp_path / "heads"
    each = anchorer(log, keys[0], FileSink(path), every_s=0.01).start()
    while not path.exists():
        pass
    each.close()
    assert read_anchors(path)[0].head == log.head


def spoilt(path, keys, change):
    path.write_text(change(path.read_text()))
    with pytest.raises(BadAnchor) as caught:
        read_anchors(path, keys)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace('"lastSeq":1', '"lastSeq":2'), "G245"),
        (lambda text: text.replace('"keyId":"', '"keyId":"0'), "G244"),
        (lambda text: text.replace('"head":"', '"head":"zz'), "G242"),
        (lambda text: text.replace('"batch":1,', ""), "G242"),
        (lambda _: "nothing\n", "G243"),
    ],
)
def test_an_anchor_that_was_changed_is_refused(log, keys, tmp_path, change, code):
    path = tmp_path / "heads"
    anchorer(log, keys[0], FileSink(path)).anchor()
    assert spoilt(path, keys[1], change) == [code]


def test_anchors_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(BadAnchor, match="G241"):
        read_anchors(tmp_path / "none")
