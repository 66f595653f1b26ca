"""`amity serve`: the policies over gRPC, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.options import master_key_option, plugin_options
from amity.limits import DEFAULT_LIMITS
from amity.log.record import Durability
from amity.service.settings import Settings

if TYPE_CHECKING:
    from amity.judge import Judge
    from amity.plugins.host import PluginSelection
    from amity.service.opening import Policies

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
@click.option(
    "--policies",
    metavar="SOURCE",
    multiple=True,
    help="A folder, a bundle file or an http(s) address to serve instead of the policies that Amity brings; repeatable.",
)
@click.option(
    "--require-signed",
    is_flag=True,
    help="Take only bundle files that a trusted key signed.",
)
@click.option(
    "--trusted",
    metavar="DIR|FILE",
    type=PEM,
    help="The public keys to trust, a .pub file or a folder of them.",
)
@click.option(
    "--source-authorization",
    metavar="env:NAME|file:PATH",
    default="",
    help="Where the Authorization header for addresses is; read anew for every request.",
)
@click.option(
    "--source-ca",
    metavar="FILE",
    type=PEM,
    help="The authorities to trust for https addresses (PEM), instead of the system's.",
)
@click.option(
    "--last-good",
    is_flag=True,
    help="Start with the last good policies if the sources have none that are good.",
)
@click.option(
    "--cache",
    metavar="DIR",
    type=PEM,
    help="Where the last good policies are kept; your cache folder unless you say.",
)
@click.option(
    "--watch-every",
    "watch_every_s",
    default=DEFAULTS.watch_every_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How often to look at folders and files for new policies; 0 for never.",
)
@click.option(
    "--poll-every",
    "poll_every_s",
    default=DEFAULTS.poll_every_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How often to ask addresses for new policies; 0 for never.",
)
@click.option(
    "--check-timeout",
    "check_timeout_s",
    default=DEFAULTS.check_timeout_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How long checking new policies may take.",
)
@click.option(
    "--check-memory",
    "check_memory_mb",
    default=DEFAULTS.check_memory_mb,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="MEGABYTES",
    help="How much memory checking new policies may take; 0 for no bound.",
)
@plugin_options
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
    "--log",
    metavar="FILE|URL",
    default=DEFAULTS.log,
    help="Write each decision to this log: a SQLite file or a postgresql:// address. Without it, nothing is kept.",
)
@click.option(
    "--durability",
    default=DEFAULTS.durability.value,
    show_default=True,
    type=click.Choice([each.value for each in Durability]),
    help="Whether replies wait for the log (durable), go ahead of it (async) or nothing is written (off).",
)
@click.option(
    "--privacy",
    metavar="FILE",
    type=PEM,
    help="What becomes of each field before it is logged (docs/privacy.md).",
)
@master_key_option
@click.option(
    "--anchor-to",
    metavar="PLACE",
    multiple=True,
    help="Put signed heads of the log there, which prove that its end was not cut off: file:PATH, stdout, or an https:// address; repeatable.",
)
@click.option(
    "--anchor-key",
    metavar="env:NAME|file:PATH",
    default=DEFAULTS.anchor_key,
    help="The private key that signs them; `amity sign --new-key NAME` makes one.",
)
@click.option(
    "--anchor-every",
    "anchor_every_s",
    default=DEFAULTS.anchor_every_s,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="SECONDS",
    help="How often to sign the head, if the log has grown.",
)
@click.option(
    "--anchor-patience",
    "anchor_patience_s",
    default=DEFAULTS.anchor_patience_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How long anchoring may fail before the health of `log` says so.",
)
@click.option(
    "--retain-every",
    "retain_every_s",
    default=DEFAULTS.retain_every_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="How often to drop what the privacy file keeps no longer; 0 for never.",
)
@click.option(
    "--targets",
    metavar="FILE",
    type=PEM,
    help="Deliver actions to the targets in this file (docs/actions.md); needs --log.",
)
@click.option(
    "--idempotency-window",
    "idempotency_window_s",
    default=DEFAULTS.idempotency_window_s,
    show_default=True,
    type=SECONDS,
    metavar="SECONDS",
    help="For how long the same request id gives the same decision.",
)
@click.option(
    "--kept-policies",
    metavar="DIR",
    type=PEM,
    help="Where policies that judged are kept for replays; beside the log unless you say.",
)
@click.option(
    "--metrics-port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Serve metrics for Prometheus at /metrics on this port; 0 for any that is free.",
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
    policies: tuple[str, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
    **options: Any,
) -> None:
    """Serve the policies over gRPC, until SIGTERM or Ctrl+C.

    New policies are taken up while it runs, once they load, lint finds no error in them and
    their cases pass; SIGHUP has them looked at now. Running calls are finished when it stops; a second signal stops at once.
    """
    from dataclasses import replace

    from amity.plugins.host import PluginSelection
    from amity.service.server import serve

    limits = {name: options.pop(name) for name in list(options) if hasattr(DEFAULT_LIMITS, name)}
    options["durability"] = Durability(options["durability"])
    settings = Settings(limits=replace(DEFAULT_LIMITS, **limits), **options)
    opened = _policies(policies, PluginSelection(enabled, disabled), settings)
    judge = opened.open()
    if failure := opened.state.failure:
        click.echo("The policies are not good, so the last good ones judge:", err=True)
        for problem in failure.problems:
            click.echo(f"  {problem}", err=True)
    serve(
        judge, settings, lambda address: click.echo(_ready(judge, address), err=True), None, opened
    )


def _policies(names: tuple[str, ...], plugins: PluginSelection, settings: Settings) -> Policies:
    """The sources *names* (the shipped policies if none), and those of plugins."""
    from amity.bundles.sources import plugin_source, source_of
    from amity.cache import cache_folder
    from amity.plugins.host import load_plugins
    from amity.policy.bundle import shipped_policies
    from amity.service.last_good import LastGood
    from amity.service.opening import Policies
    from amity.service.past_policies import PastPolicies, beside

    if settings.require_signed != bool(settings.trusted):
        raise click.UsageError("Give --require-signed and --trusted together.")
    host = load_plugins(plugins)
    named = [
        source_of(name, settings.trust, access=settings.access)
        for name in names or (str(shipped_policies()),)
    ]
    root, kept = settings.cache or cache_folder(), None
    if settings.last_good:
        if root is None:
            raise click.UsageError("There is no cache folder; name one with --cache.")
        kept = LastGood(root, [source.name for source in named], settings.trust)
    sources = [*named, *map(plugin_source, host.folders)]
    folder = settings.kept_policies or beside(settings.log)
    return Policies(host, sources, kept, PastPolicies(folder) if folder else None)


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
