"""`amity sign`: sign a bundle file, or make a key to sign with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from amity.cli.files import replace_file

__all__ = ["command"]

FILE = click.Path(path_type=Path)


@click.command("sign")
@click.argument("bundle", metavar="[FILE]", required=False, type=FILE)
@click.option("--key", metavar="FILE", type=FILE, help="The private key to sign with.")
@click.option(
    "--new-key",
    metavar="NAME",
    help="Make a key instead: NAME.key, which is secret, and NAME.pub, to hand out.",
)
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, 36_500),
    help="How long the signature or the new key is good; a key 730 days and a signature as long as its key, unless you say.",
)
def command(bundle: Path | None, key: Path | None, new_key: str | None, days: int | None) -> None:
    """Sign the bundle FILE with an Ed25519 key; any other signature goes.

    Whoever has NAME.key can sign as you; keep it where nobody else can read it.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    if new_key is not None and bundle is None and key is None:
        _make(Path(new_key), now, timedelta(days=days or 730))
    elif new_key is None and bundle is not None and key is not None:
        _sign(bundle, key, now, timedelta(days=days) if days else None)
    else:
        raise click.UsageError("Give a bundle FILE with --key FILE, or --new-key NAME alone.")


def _make(name: Path, now: datetime, lasting: timedelta) -> None:
    from amity.bundles.keys import new_key

    public, private_file, public_file = new_key(name.name, name.parent, now, now + lasting)
    click.echo(f"{private_file}: the private key; keep it secret")
    click.echo(f"{public_file}: the public key {public.id}, good until {public.expires:%Y-%m-%d}")


def _sign(path: Path, key_file: Path, now: datetime, lasting: timedelta | None) -> None:
    from amity.bundles.archive import open_archive
    from amity.bundles.keys import load_private
    from amity.bundles.signature import sign

    key, archive = load_private(key_file), open_archive(path)
    expires = now + lasting if lasting else None
    replace_file(path, sign(archive, key, now, expires).to_bytes())
    until = f", good until {expires:%Y-%m-%d}" if expires else ""
    click.echo(f"{path}: signed with the key {key.id}{until}")
