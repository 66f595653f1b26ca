"""Getting a bundle file from an HTTP or HTTPS address, whatever the other side does."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from amity.bundles.tar import MOST_PACKED_BYTES
from amity.errors import BadBundle, Problem

__all__ = ["Answer", "check_address", "get", "is_address"]

SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
MOST_REDIRECTS = 3
CHUNK = 65_536
OK, NOT_MODIFIED = 200, 304
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes at an address, and the tag by which to ask whether they have changed."""

    data: bytes
    etag: str


def is_address(source: str) -> bool:
    """Whether *source* is meant as an address rather than as a path."""
    return source.lower().startswith(("http://", "https://"))


def check_address(url: str) -> SplitResult:
    """The parts of *url*. Raises BadBundle if no bundle can be had there."""
    reason = ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad("B230", url, f"the address cannot be read: {error}") from error
    if parts.scheme not in SCHEMES:
        reason = "the address must begin with https:// or http://"
    elif not parts.hostname or port == 0:
        reason = "the address names no host"
    elif parts.username or parts.password:
        reason = "the address must not hold a password, for it is shown in logs"
    elif not url.isascii() or not url.isprintable() or " " in url:
        reason = "the address has characters that must be escaped"
    if reason:
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise _bad("B230", shown, reason)
    return parts


def get(url: str, etag: str, timeout_s: float) -> Answer | None:
    """What is at *url* now; None if it is still what had *etag*. Raises BadBundle within *timeout_s*."""
    watch = _Watch(timeout_s)
    try:
        for _ in range(MOST_REDIRECTS + 1):
            found = _get(url, etag, watch)
            if not isinstance(found, str):
                return found
            url = _redirected(url, found)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if watch.is_over or isinstance(error, TimeoutError):
            message = f"it did not answer within {timeout_s:g} seconds"
            raise _bad("B232", url, message) from error
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _bad("B231", url, f"it cannot be reached: {reason}") from error
    finally:
        watch.stop()
    raise _bad("B234", url, f"it redirects more than {MOST_REDIRECTS} times")


def _redirected(url: str, target: str) -> str:
    new = urljoin(url, target)
    if urlsplit(url).scheme == "https" and urlsplit(new).scheme != "https":
        raise _bad("B234", url, "it redirects from https to an address without")
    try:
        check_address(new)
    except BadBundle as error:
        raise _bad("B234", url, f"it redirects badly: {error.problems[0].message}") from error
    return new


def _get(url: str, etag: str, watch: _Watch) -> Answer | str | None:
    """The answer, or the address that it redirects to, or None if nothing has changed."""
    parts = check_address(url)
    with closing(_connection(parts, watch)) as connection:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "amity", "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("GET", path, headers=headers | ({"If-None-Match": etag} if etag else {}))
        with connection.getresponse() as response:
            return _answer(response, url, etag, watch)


def _answer(
    response: http.client.HTTPResponse, url: str, etag: str, watch: _Watch
) -> Answer | str | None:
    if response.status == NOT_MODIFIED and etag:
        return None
    if response.status in REDIRECTS and (target := response.getheader("Location")):
        return target
    if response.status != OK:
        raise _bad("B233", url, f"it answered {response.status} {response.reason:.60}".strip())
    return Answer(_body(response, url, watch), response.getheader("ETag") or "")


def _connection(parts: SplitResult, watch: _Watch) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=watch.timeout_s, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=watch.timeout_s)
    connection.connect()
    watch.over(connection.sock)
    return connection


def _body(response: http.client.HTTPResponse, url: str, watch: _Watch) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > MOST_PACKED_BYTES:
            raise _bad("B235", url, f"the answer is larger than {MOST_PACKED_BYTES:,} bytes")
    if watch.is_over:
        raise TimeoutError
    length = response.getheader("Content-Length")
    if length and length.isdecimal() and len(body) < int(length):
        raise http.client.HTTPException(f"it broke off after {len(body):,} of {length} bytes")
    return bytes(body)


class _Watch:
    """Shuts the connection when the time is up: a timeout of the socket is only for each read."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.is_over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True
        self._timer.start()

    def over(self, connected: socket.socket) -> None:
        """Watch over *connected* from now on."""
        self._socket = connected
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """The time no longer matters."""
        self._timer.cancel()


def _bad(code: str, url: str, message: str) -> BadBundle:
    fix = "check the address" if code in ("B230", "B234") else "check the address and its server"
    return BadBundle("The policies cannot be had.", [Problem(code, message, file=url, fix=fix)])
