"""Taking a port, and saying precisely why it cannot be had."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import grpc
import grpc.aio

from amity.errors import Problem, StartupError
from amity.service.settings import Settings

__all__ = ["listen"]


def listen(server: grpc.aio.Server, settings: Settings) -> int:
    """Have *server* listen as *settings* say; gives the port. Raises StartupError."""
    credentials = _credentials(settings)
    try:
        port = (
            server.add_secure_port(settings.address, credentials)
            if credentials
            else server.add_insecure_port(settings.address)
        )
    except RuntimeError as error:
        raise _refused(settings) from error
    if not port:
        raise _refused(settings)
    return port


def _refused(settings: Settings) -> StartupError:
    """Why the address cannot be had: gRPC does not say, so ask the system once more."""
    reason: OSError | None = None
    host = settings.host.strip("[]")
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, settings.port, type=socket.SOCK_STREAM
        ):
            with socket.socket(family, kind, protocol) as probe:
                probe.bind(address)
                probe.listen()
    except OSError as error:
        reason = error
    if reason and reason.errno == errno.EADDRINUSE:
        message = f"port {settings.port} on {settings.host} is in use"
        problem = Problem(
            "S101", message, fix="stop the other program, or choose another port with --port"
        )
    else:
        why = f": {reason.strerror or reason}" if reason else ""
        message = f"cannot listen on {settings.address}{why}"
        problem = Problem("S102", message, fix="choose another address with --host and --port")
    return StartupError("the server cannot start", [problem])


def _credentials(settings: Settings) -> grpc.ServerCredentials | None:
    if not settings.tls_certificate and not settings.tls_key:
        return None
    problems: list[Problem] = []
    chain = _pem(settings.tls_certificate, "certificate", problems)
    key = _pem(settings.tls_key, "key", problems)
    if problems:
        raise StartupError("the server cannot start", problems)
    return grpc.ssl_server_credentials([(key, chain)])


def _pem(path: Path | None, what: str, problems: list[Problem]) -> bytes:
    fix = "give --tls-certificate and --tls-key, each a PEM file"
    if path is None:
        problems.append(Problem("S103", f"there is no TLS {what}", fix=fix))
        return b""
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.append(
            Problem(
                "S103", f"the TLS {what} cannot be read: {error.strerror}", file=str(path), fix=fix
            )
        )
        return b""
    if b"-----BEGIN" not in content:
        problems.append(
            Problem("S103", f"the TLS {what} is not a PEM file", file=str(path), fix=fix)
        )
    return content
