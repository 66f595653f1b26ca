"""`amity bundle`: a folder of policies as one file."""

from __future__ import annotations

from pathlib import Path

import click

from amity.cli.files import replace_file

__all__ = ["command"]


@click.command("bundle")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The bundle file to write, such as policies.tar.gz.",
)
@click.option("--name", help="What to call the bundle; the folder's name unless you say.")
@click.option(
    "--version",
    help="Its version in your own words; the first digits of the digest unless you say.",
)
def command(folder: Path, output: Path, name: str | None, version: str | None) -> None:
    """Pack the policies, cues and cases in DIR into one file, with a manifest.

    They must load, or nothing is written. The same contents give the same digest wherever they
    are packed.
    """
    from amity.bundles.archive import pack
    from amity.bundles.folder import read_folder
    from amity.cues.kept import KeptCues
    from amity.plugins.host import load_plugins
    from amity.policy.bundle import load_contents
    from amity.source import Problems
    from amity.versions import amity_version

    problems = Problems()
    contents = read_folder(folder, problems)
    host = load_plugins()
    loaded = load_contents(
        [contents], host.catalogue, actions=host.actions, kept=KeptCues.default(), found=problems
    )
    called = name or folder.resolve().name or "policies"
    archive = pack(contents, called, version or "", f"amity {amity_version()}")
    data = archive.to_bytes()
    replace_file(output, data)
    click.echo(
        f"{output}: {archive.manifest.name} {archive.manifest.version}, "
        f"{_counted(len(loaded.policies), 'policy', 'policies')}, "
        f"{_counted(loaded.rules, 'rule', 'rules')}, {_counted(loaded.cases, 'case', 'cases')}, "
        f"{len(data):,} bytes"
    )
    click.echo(contents.digest)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
