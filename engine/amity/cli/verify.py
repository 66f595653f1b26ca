"""`amity verify`: is a bundle file whole, and who signed it?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from amity.bundles.archive import Archive

__all__ = ["command"]

PATH = click.Path(path_type=Path)


@click.command("verify")
@click.argument("bundle", metavar="FILE", type=PATH)
@click.option(
    "--trusted",
    metavar="DIR|FILE",
    type=PATH,
    help="The public keys to trust, a .pub file or a folder of them; the bundle must then be signed by one.",
)
def command(bundle: Path, trusted: Path | None) -> None:
    """Check that the bundle FILE is whole and unchanged, and with --trusted who signed it.

    The policies in it are not loaded; `amity lint FILE` and `amity test FILE` look at them.
    """
    from amity.bundles.archive import open_archive

    archive = open_archive(bundle)
    manifest = archive.manifest
    signed = _signed(archive, bundle, trusted)
    click.echo(f"{bundle}: {manifest.name} {manifest.version}, made by {manifest.created_by}")
    click.echo(f"{len(manifest.files)} files, as the manifest lists them")
    click.echo(manifest.digest)
    click.echo(signed)


def _signed(archive: Archive, path: Path, trusted: Path | None) -> str:
    from amity.bundles.keys import load_trusted
    from amity.bundles.signature import signature_in, verify

    if trusted is not None:
        signature, key = verify(archive, load_trusted(trusted), datetime.now(UTC), str(path))
        return f"signed on {signature.signed:%Y-%m-%d} by {key.name} ({key.id}), who is trusted"
    if archive.signature_json is None:
        return "not signed"
    signature = signature_in(archive, str(path))
    return f"signed with the key {signature.key_id}; not checked, for that needs --trusted"
