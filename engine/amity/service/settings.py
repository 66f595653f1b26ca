"""How a server is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from amity.bundles.access import Access
from amity.bundles.sources import Trust
from amity.limits import Limits
from amity.log.record import Durability

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a server listens, how much it takes on, and how it stops."""

    host: str = field(
        default="127.0.0.1", metadata={"help": "the address to listen on; `0.0.0.0` for all"}
    )
    port: int = field(default=50051, metadata={"help": "the port; 0 for any that is free"})
    limits: Limits = field(
        default_factory=Limits, metadata={"help": "how large a request may be; see below"}
    )
    max_waiting: int = field(
        default=400,
        metadata={"help": "conversations that may wait to be judged before calls are refused"},
    )
    drain_wait_s: float = field(
        default=1.0,
        metadata={"help": "seconds between reporting NOT_SERVING and refusing new calls"},
    )
    grace_s: float = field(
        default=10.0, metadata={"help": "seconds that running calls then have to finish"}
    )
    log_level: str = field(
        default="info", metadata={"help": "`debug`, `info`, `warning` or `error`"}
    )
    tls_certificate: Path | None = field(
        default=None, metadata={"help": "a PEM file with the certificate chain"}
    )
    tls_key: Path | None = field(default=None, metadata={"help": "a PEM file with the private key"})
    metrics_port: int | None = field(
        default=None,
        metadata={"help": "the port of `/metrics` for Prometheus; 0 for any that is free"},
    )
    require_signed: bool = field(
        default=False,
        metadata={"help": "policies must be bundle files that a trusted key signed"},
    )
    trusted: Path | None = field(
        default=None, metadata={"help": "a `.pub` file, or a folder of them: the keys to trust"}
    )
    source_authorization: str = field(
        default="",
        metadata={
            "help": "where the Authorization header for addresses is: `env:NAME` or `file:PATH`"
        },
    )
    source_ca: Path | None = field(
        default=None,
        metadata={"help": "a PEM file of the authorities to trust for https addresses"},
    )
    last_good: bool = field(
        default=False,
        metadata={"help": "start with the last good policies if the sources have none"},
    )
    cache: Path | None = field(
        default=None, metadata={"help": "the folder in which the last good policies are kept"}
    )
    watch_every_s: float = field(
        default=1.0,
        metadata={"help": "seconds between looks at folders and files; 0 for none"},
    )
    poll_every_s: float = field(
        default=30.0, metadata={"help": "seconds between requests to addresses; 0 for none"}
    )
    check_timeout_s: float = field(
        default=120.0, metadata={"help": "seconds that checking new policies may take"}
    )
    check_memory_mb: int = field(
        default=2000,
        metadata={"help": "megabytes that checking new policies may take; 0 for no bound"},
    )

    log: str = field(
        default="",
        metadata={
            "help": "the decision log: a SQLite file, or a `postgresql://` address; none without it"
        },
    )
    durability: Durability = field(
        default=Durability.DURABLE,
        metadata={"help": "when replies leave: `durable`, `async` or `off`; see below"},
    )
    privacy: Path | None = field(
        default=None,
        metadata={"help": "the privacy file: what becomes of each field before it is logged"},
    )
    master_keys: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "where the master keys are (`env:NAME` or `file:PATH`), the current one first; without any, no originals are kept"
        },
    )
    targets: Path | None = field(
        default=None,
        metadata={"help": "the file of targets to which actions are delivered; needs a log"},
    )
    anchor_to: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "where signed heads of the log go: `file:PATH`, `stdout` or an `https://` address"
        },
    )
    anchor_key: str = field(
        default="",
        metadata={"help": "where the private key is that signs them: `env:NAME` or `file:PATH`"},
    )
    anchor_every_s: float = field(
        default=60.0, metadata={"help": "seconds between anchors, if the log has grown"}
    )
    anchor_patience_s: float = field(
        default=600.0,
        metadata={"help": "seconds that anchoring may fail before the health of `log` tells"},
    )
    retain_every_s: float = field(
        default=3600.0,
        metadata={
            "help": "seconds between looks for what the privacy file keeps no longer; 0 for none"
        },
    )
    idempotency_window_s: float = field(
        default=86_400.0,
        metadata={"help": "seconds for which the same request id gives the same decision"},
    )
    kept_policies: Path | None = field(
        default=None,
        metadata={"help": "the folder in which policies that judged are kept for replays"},
    )

    @property
    def trust(self) -> Trust | None:
        """Whose signature policies need; None where they need none."""
        return Trust(self.trusted) if self.trusted and self.require_signed else None

    @property
    def access(self) -> Access:
        """How addresses of policies let the server in."""
        return Access(self.source_authorization, self.source_ca)

    @property
    def address(self) -> str:
        """Host and port as gRPC wants them."""
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        return f"{host}:{self.port}"
