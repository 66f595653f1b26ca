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
    # gRPC does not say why an address cannot be had, and writes to stderr; so the system is asked.
    if (reason := _refusal(settings)) is not None:
        raise _error(settings, reason)
    try:
        if credentials:
            return server.add_secure_port(settings.address, credentials)
        return server.add_insecure_port(settings.address)
    except RuntimeError as error:
        if credentials:
            fix = "give a certificate chain and the key that belongs to it"
            problem = Problem("S103", "the TLS certificate and key do not go together", fix=fix)
            raise StartupError("the server cannot start", [problem]) from error
        raise _error(settings, OSError(f"gRPC says: {error}")) from error


def _refusal(settings: Settings) -> OSError | None:
    """Why the address cannot be listened on, or None if it can."""
    host = settings.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen()
    except OSError as error:
        return error
    return None


def _error(settings: Settings, reason: OSError) -> StartupError:
    if reason.errno == errno.EADDRINUSE:
        message = f"port {settings.port} on {settings.host} is in use"
        fix = "stop the other program, or choose another port with --port"
        problem = Problem("S101", message, fix=fix)
    else:
        message = f"cannot listen on {settings.address}: {reason.strerror or reason}"
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
