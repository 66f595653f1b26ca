"""One attempt against receivers that do everything that receivers do."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest
import uvloop
from tests.actions.receiverkit import (
    Receiver,
    certificate,
    endless_head,
    hang,
    nonsense,
    raw_server,
    reset,
    target,
)

from amity.actions.sending import Failure, Post, Sender, SystemResolver

POST = Post(b'{"words": 1}', {"webhook-id": "msg_1"})


class Names:
    """Looks names up in a table, and counts how often it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def addresses(self, host: str, port: int):
        self.asked += 1
        answer = self._answers[min(self.asked, len(self._answers)) - 1]
        return [ip_address(found) for found in answer]


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=LOOPS, autouse=True)
def loop(request, monkeypatch):
    """Both kinds of event loop that a worker runs on."""
    monkeypatch.setitem(LOOPS, "now", LOOPS[request.param])


def send(found, names=None) -> int:
    with asyncio.Runner(loop_factory=LOOPS["now"]) as runner:
        return runner.run(Sender(names or SystemResolver()).send(found, POST))


def failure(found, names=None) -> Failure:
    with pytest.raises(Failure) as caught:
        send(found, names)
    return caught.value


def test_a_target_that_takes_it_is_sent_the_exact_bytes(receiver):
    assert send(target(receiver.url(path="/a/b?c=d"))) == 204
    [got] = receiver.got
    assert (got.path, got.body) == ("/a/b?c=d", POST.body)
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_a_target_that_hangs_is_let_go_at_the_deadline():
    with raw_server(hang) as port:
        found = failure(target(f"http://127.0.0.1:{port}/", timeout_s=0.2))
    assert found.reason == "no answer within 0.2 s"
    assert found.is_down


def test_a_target_that_resets_is_a_failure():
    with raw_server(reset) as port:
        found = failure(target(f"http://127.0.0.1:{port}/"))
    assert found.reason.startswith("the connection failed: ")


def test_a_target_that_closes_without_an_answer_is_a_failure():
    with raw_server(lambda connection: connection.close()) as port:
        assert failure(target(f"http://127.0.0.1:{port}/")).is_down


@pytest.mark.parametrize("behave", [nonsense, endless_head])
def test_what_is_not_http_or_never_ends_its_head_is_a_failure(behave):
    with raw_server(behave) as port:
        found = failure(target(f"http://127.0.0.1:{port}/"))
    assert found.reason == "the answer is not HTTP, or too long"


@pytest.mark.parametrize(
    ("status", "is_down", "is_final"),
    [(500, True, False), (429, True, False), (400, False, False), (410, False, True)],
)
def test_an_error_says_whether_the_target_is_down_or_only_this_message_bad(
    receiver, status, is_down, is_final
):
    receiver.answer = lambda _got: (status, {}, b"the words of a customer")
    found = failure(target(receiver.url()))
    assert found.reason == f"it answered {status}"
    assert (found.status, found.is_down, found.is_final) == (status, is_down, is_final)


def test_retry_after_is_heard(receiver):
    receiver.answer = lambda _got: (503, {"retry-after": "7"}, b"")
    assert failure(target(receiver.url())).retry_after == 7


def test_a_redirect_is_not_followed(receiver):
    with Receiver().running() as other:
        receiver.answer = lambda _got: (307, {"location": other.url()}, b"")
        found = failure(target(receiver.url()))
    assert "not followed" in found.reason
    assert other.got == []


def test_an_answer_of_a_gigabyte_is_cut_short():
    sent = [0]

    def pour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
        for _ in range(16 * 1024):
            connection.sendall(b"x" * 65536)
            sent[0] += 65536

    with raw_server(pour) as port:
        assert send(target(f"http://127.0.0.1:{port}/")) == 200
    assert sent[0] < 64 * 1024 * 1024


def test_an_answer_whose_body_never_comes_is_an_answer():
    def half(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\nok")
        hang(connection)

    with raw_server(half) as port:
        assert send(target(f"http://127.0.0.1:{port}/")) == 202


def test_tls_is_verified_against_the_name_and_not_the_address(tmp_path):
    context, authority = certificate("hooks.example.com")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Receiver(tls=context).running() as secure:
        names = Names(["127.0.0.1"])
        good = target(secure.url("hooks.example.com"), ca_file=str(tmp_path / "ca.pem"))
        assert send(good, names) == 204
        other = target(secure.url("other.example.com"), ca_file=str(tmp_path / "ca.pem"))
        assert "certificate is not to be trusted" in failure(other, names).reason
        unknown = target(secure.url("hooks.example.com"))
        assert "certificate is not to be trusted" in failure(unknown, names).reason
    assert [got.headers["host"] for got in secure.got] == [f"hooks.example.com:{secure.port}"]


def test_a_receiver_without_tls_behind_https_is_a_failure(receiver):
    assert failure(target(receiver.url().replace("http:", "https:"))).reason.startswith(
        "TLS failed"
    )


def test_a_name_that_does_not_resolve_is_a_failure():
    found = failure(target("https://nowhere.invalid/"))
    assert found.reason == "the name nowhere.invalid cannot be looked up"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]"]
)
def test_a_private_address_is_refused_however_it_is_written(receiver, host):
    found = failure(target(receiver.url(host), allow_private=False))
    assert "nothing is sent: loopback" in found.reason
    assert receiver.got == []


def test_one_private_address_among_others_is_enough_to_refuse(receiver):
    names = Names(["93.184.216.34", "127.0.0.1"])
    found = failure(target(receiver.url("mixed.example.com"), allow_private=False), names)
    assert "nothing is sent: loopback" in found.reason


def test_a_name_is_looked_up_once_so_that_it_cannot_change_after_the_check(receiver):
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    assert send(target(receiver.url("rebinding.example.com")), names) == 204
    assert names.asked == 1


def test_the_next_address_is_tried_when_one_does_not_take_the_connection(receiver):
    names = Names(["127.0.0.2", "127.0.0.1"])
    assert send(target(receiver.url("two.example.com")), names) == 204
