"""An address that asks who we are is told so, and nobody else; its certificate is checked."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.bundles.test_address import PACKED, reply, served

from amity.bundles.access import Access
from amity.bundles.address import get
from amity.bundles.sources import source_of
from amity.errors import BadBundle

SECRET = "Bearer open-sesame"  # noqa: S105 - of a server that a test runs


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for this machine, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "policies")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def served_over_tls(certificate, answer):
    """An HTTPS server, and the requests that it got."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            answer(self)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/policies.tar.gz", seen
    finally:
        server.shutdown()
        server.server_close()


def code(url, access, timeout_s=2.0):
    with pytest.raises(BadBundle) as raised:
        get(url, "", timeout_s, access)
    (problem,) = raised.value.problems
    assert "sesame" not in str(raised.value)
    assert problem.fix
    return problem.code


def good(handler):
    reply(handler, body=PACKED, ETag='"1"')


def test_a_bundle_is_had_over_tls_from_a_server_whose_authority_is_named(certificate):
    with served_over_tls(certificate, good) as (url, _):
        source = source_of(url, access=Access(ca=certificate))
        assert source.fetch().contents.files


def test_a_certificate_that_nobody_vouches_for_is_told(certificate):
    with served_over_tls(certificate, good) as (url, seen):
        with pytest.raises(BadBundle, match=r"B231 .*not one to trust: self-signed") as raised:
            get(url, "", 2.0)
        assert raised.value.problems[0].file == url
    assert not seen


def test_a_certificate_of_another_host_is_told(certificate):
    with (
        served_over_tls(certificate, good) as (url, seen),
        pytest.raises(BadBundle, match=r"B231 .*not one to trust"),
    ):
        get(url.replace("127.0.0.1", "localhost"), "", 2.0, Access(ca=certificate))
    assert not seen


def test_a_handshake_that_drips_is_left_in_time(certificate):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connected, _ = server.accept()
            with connected:
                try:
                    for byte in b"\x16\x03\x03\x3f\xff" + bytes(100):
                        connected.sendall(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    pass

        threading.Thread(target=drip, daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/x"
        assert code(url, Access(ca=certificate), 0.3) == "B232"


@pytest.mark.parametrize("text", [None, "", "no certificate\n"], ids=["missing", "empty", "text"])
def test_authorities_that_cannot_be_read_are_told(text, tmp_path):
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert code("https://127.0.0.1:9/x", Access(ca=path)) == "B237"


def test_the_authorization_is_read_anew_for_every_request(tmp_path, monkeypatch):
    path = tmp_path / "token"
    with served(good) as (url, seen):
        for access in (Access(f"file:{path}"), Access("env:POLICY_TOKEN")):
            source = source_of(url, access=access)
            for value in (SECRET, f"{SECRET} again"):
                path.write_text(f"{value}\n", encoding="utf-8")
                monkeypatch.setenv("POLICY_TOKEN", value)
                source.fetch()
    assert [headers["Authorization"] for _, headers in seen] == [SECRET, f"{SECRET} again"] * 2


def test_the_authorization_does_not_follow_a_redirect_to_another_host(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICY_TOKEN", SECRET)
    with (
        served(good) as (elsewhere, seen),
        served(lambda handler: reply(handler, 302, Location=elsewhere)) as (url, asked),
    ):
        assert get(url, "", 2.0, Access("env:POLICY_TOKEN")).data == PACKED
    assert [headers.get("Authorization") for _, headers in (*asked, *seen)] == [SECRET, None]


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        ("https://127.0.0.1:9/x", "env:NOT_SET_ANYWHERE"),
        ("https://127.0.0.1:9/x", "file:/not/there"),
        ("https://127.0.0.1:9/x", "Bearer open-sesame"),
        ("https://127.0.0.1:9/x", "env:TWO_LINES"),
        ("http://policies.example/x", "env:GOOD"),
    ],
)
def test_an_authorization_that_cannot_be_sent_is_told_before_anything_is(
    url, reference, monkeypatch
):
    monkeypatch.setenv("TWO_LINES", "Bearer open-sesame\r\nX-Other: 1")
    monkeypatch.setenv("GOOD", SECRET)
    assert code(url, Access(reference)) == "B236"
