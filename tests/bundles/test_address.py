"""An address gives a bundle file, or a problem within its time, whatever its server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from amity.bundles.address import check_address, get
from amity.bundles.archive import pack
from amity.bundles.contents import BundleFile, Contents
from amity.bundles.sources import source_of
from amity.bundles.tar import MOST_PACKED_BYTES
from amity.errors import BadBundle

PACKED = pack(Contents((BundleFile("a.yaml", "a: 1\n"),), "x"), "some", "3", "y").to_bytes()


@contextmanager
def served(answer) -> Iterator[tuple[str, list]]:
    """An HTTP server that answers with *answer(handler)*, and the requests that it got."""
    seen: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/policies.tar.gz", seen
    finally:
        server.shutdown()
        server.server_close()


def reply(handler, status=200, body=b"", **headers):
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def code(url, timeout_s=2.0):
    with pytest.raises(BadBundle) as raised:
        get(url, "", timeout_s)
    (problem,) = raised.value.problems
    assert problem.file.startswith("http")
    return problem.code


def test_a_bundle_is_had_once_and_then_only_asked_after():
    def answer(handler):
        if handler.headers.get("If-None-Match") == '"1"':
            reply(handler, 304, ETag='"1"')
        else:
            reply(handler, body=PACKED, ETag='"1"')

    with served(answer) as (url, seen):
        source = source_of(url)
        first, second = source.fetch(), source.fetch()
    assert first.contents == second.contents
    assert first.contents.files == (BundleFile("a.yaml", "a: 1\n"),)
    assert ["If-None-Match" in headers for _, headers in seen] == [False, True]


def test_a_server_without_tags_is_asked_for_everything():
    with served(lambda handler: reply(handler, body=PACKED)) as (url, _):
        source = source_of(url)
        assert source.fetch().contents == source.fetch().contents


@pytest.mark.parametrize("status", [204, 400, 404, 500, 503])
def test_an_error_is_told(status):
    with served(lambda handler: reply(handler, status)) as (url, _):
        assert code(url) == "B233"


def test_a_server_that_never_gave_anything_cannot_say_that_nothing_changed():
    with served(lambda handler: reply(handler, 304)) as (url, _):
        assert code(url) == "B233"


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def drip_head(handler):
    for character in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100:
        handler.wfile.write(bytes([character]))
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("answer", [lambda _: time.sleep(1), drip, drip_head])
def test_a_server_that_hangs_is_left_in_time(answer, capfd):
    with served(answer) as (url, _):
        assert code(url, 0.3) == "B232"


def test_a_name_server_that_hangs_is_left_in_time():
    def silent(*_):
        time.sleep(1)
        return []

    with pytest.raises(BadBundle, match="B232"):
        get("http://policies.example/p.tar.gz", "", 0.2, resolve=silent)


def test_a_host_that_has_no_address_is_told():
    def unknown(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(BadBundle, match=r"B231 .*: Name or service not known"):
        get("http://policies.example/p.tar.gz", "", 2.0, resolve=unknown)


def test_an_address_of_the_host_that_does_not_answer_is_passed_over():
    with served(lambda handler: reply(handler, body=PACKED)) as (url, _), socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))

        def both(host, port, *_):
            found = socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)
            (family, kind, protocol, name, _address) = found[0]
            return [(family, kind, protocol, name, dead.getsockname()), *found]

        assert get(url, "", 2.0, resolve=both).data == PACKED


def test_a_server_that_is_not_there_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert code(f"http://127.0.0.1:{taken.getsockname()[1]}/x") == "B231"


def test_an_answer_that_breaks_off_is_told():
    def answer(handler):
        reply(handler, body=PACKED[:50], **{"Content-Length": str(len(PACKED))})

    with served(answer) as (url, _):
        assert code(url) == "B231"


def test_what_is_no_http_is_told():
    with served(lambda handler: handler.wfile.write(b"hello\r\n\r\n")) as (url, _):
        assert code(url) == "B231"


def test_an_answer_that_is_too_large_is_not_kept():
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(MOST_PACKED_BYTES // 1_000_000 + 2):
                handler.wfile.write(bytes(1_000_000))
        except OSError:
            pass

    with served(answer) as (url, _):
        assert code(url, 20) == "B235"


def test_a_redirect_is_followed():
    def answer(handler):
        if handler.path == "/moved":
            reply(handler, body=PACKED)
        else:
            reply(handler, 302, Location="/moved")

    with served(answer) as (url, _):
        assert get(url, "", 2.0).data == PACKED


@pytest.mark.parametrize("target", ["/again", "file:///etc/passwd", "ftp://host/x", "http://"])
def test_a_redirect_that_leads_nowhere_good_is_told(target):
    with served(lambda handler: reply(handler, 302, Location=target)) as (url, _):
        assert code(url) == "B234"


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "http://kim:secret@host/x",
        "http://host:99999/x",
        "http://ho st/",
        "http://[::1/x",
    ],
)
def test_an_address_at_which_there_can_be_none_is_told(url):
    with pytest.raises(BadBundle) as raised:
        check_address(url)
    assert raised.value.problems[0].code == "B230"
    assert "secret" not in str(raised.value)


def test_a_bundle_that_is_not_good_does_not_count_as_had():
    answers = [PACKED[:40], PACKED]

    def answer(handler):
        reply(handler, body=answers.pop(0), ETag='"same"')

    with served(answer) as (url, seen):
        source = source_of(url)
        with pytest.raises(BadBundle, match="B203"):
            source.fetch()
        assert source.fetch().contents.files
    assert "If-None-Match" not in seen[1][1]
