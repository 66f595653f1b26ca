"""`amity serve`: the policies over gRPC, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.options import judge_from, judge_options
from amity.limits import DEFAULT_LIMITS
from amity.service.settings import Settings

if TYPE_CHECKING:
    from amity.judge import Judge

__all__ = ["command"]

DEFAULTS = Settings()
COUNT = click.IntRange(min=1)
SECONDS = click.FloatRange(min=0.0)
PEM = click.Path(path_type=Path)
DIGEST_SHOWN = len("sha256:") + 12


@click.command("serve")
@click.option(
    "--host",
    default=DEFAULTS.host,
    show_default=True,
    help="The address to listen on; 0.0.0.0 for all.",
)
@click.option(
    "--port",
    default=DEFAULTS.port,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 for any that is free.",
)
@judge_options
@click.option(
    "--max-waiting",
    default=DEFAULTS.max_waiting,
    show_default=True,
    type=COUNT,
    help="Conversations that may wait before calls are refused.",
)
@click.option(
    "--max-batch",
    default=DEFAULT_LIMITS.max_batch,
    show_default=True,
    type=COUNT,
    help="Conversations in one batch.",
)
@click.option(
    "--max-turns",
    default=DEFAULT_LIMITS.max_turns,
    show_default=True,
    type=COUNT,
    help="Turns of a conversation.",
)
@click.option(
    "--max-turn-characters",
    default=DEFAULT_LIMITS.max_turn_characters,
    show_default=True,
    type=COUNT,
    help="Characters of a turn.",
)
@click.option(
    "--max-characters",
    default=DEFAULT_LIMITS.max_characters,
    show_default=True,
    type=COUNT,
    help="Characters of all turns together.",
)
@click.option(
    "--max-message-bytes",
    default=DEFAULT_LIMITS.max_message_bytes,
    show_default=True,
    type=COUNT,
    help="Bytes of one request.",
)
@click.option(
    "--tls-certificate",
    metavar="FILE",
    type=PEM,
    help="Serve over TLS with this certificate chain (PEM).",
)
@click.option(
    "--tls-key", metavar="FILE", type=PEM, help="The private key of the certificate (PEM)."
)
@click.option(
    "--log-level",
    default=DEFAULTS.log_level,
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="What to write to standard output, a line of JSON for each.",
)
@click.option(
    "--drain-wait",
    "drain_wait_s",
    default=DEFAULTS.drain_wait_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="On a signal, how long to go on while the health says NOT_SERVING.",
)
@click.option(
    "--grace",
    "grace_s",
    default=DEFAULTS.grace_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How long running calls then have to finish.",
)
def command(
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
    **options: Any,
) -> None:
    """Serve the policies over gRPC, until SIGTERM or Ctrl+C.

    Running calls are finished first; a second signal stops at once.
    """
    from dataclasses import replace

    from amity.service.server import serve

    limits = {name: options.pop(name) for name in list(options) if hasattr(DEFAULT_LIMITS, name)}
    settings = Settings(limits=replace(DEFAULT_LIMITS, **limits), **options)
    judge = judge_from(policies, enabled, disabled)
    serve(judge, settings, lambda address: click.echo(_ready(judge, address), err=True))


def _ready(judge: Judge, address: str) -> str:
    """One line for whoever started the server."""
    bundle = judge.bundle
    rules = sum(len(policy.rules) for policy in bundle.policies)
    loaded = [_plugin(record) for record in judge.host.records if record.health != "disabled"]
    return (
        f"Amity is ready on {address}: {_counted(len(bundle.policies), 'policy', 'policies')}, "
        f"{_counted(rules, 'rule', 'rules')}, {bundle.digest[:DIGEST_SHOWN]}; "
        f"plugins: {', '.join(loaded) or 'none'}"
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _plugin(record: Any) -> str:
    label = f"{record.name} {record.version}".strip()
    return f"{label} ({record.health.replace('_', ' ')})" if record.health != "ok" else label
