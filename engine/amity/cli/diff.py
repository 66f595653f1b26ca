"""`amity diff`: what changed between two sets of policies, and what each change does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.main import FINDINGS, FINE
from amity.cli.options import plugin_options, stderr, stdout

if TYPE_CHECKING:
    from amity.cli.render.changes import Changes, Key
    from amity.consequences import Consequence, Consequences
    from amity.evaluate.witness.comparison import PolicyComparison
    from amity.plugins.host import PluginHost
    from amity.policy.bundle import Bundle
    from amity.policy.cue_diff import CueFiles

__all__ = ["command"]

_BUDGET = 20_000
_MOST_TURNS = 60


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to show it.",
)
@click.option(
    "--max-turns",
    type=click.IntRange(1, _MOST_TURNS),
    metavar="N",
    help="Try timelines of up to so many turns; as many as the windows need, unless you say.",
)
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=_BUDGET,
    show_default=True,
    metavar="N",
    help="Try so many timelines for each changed rule.",
)
@plugin_options
def command(
    old: Path,
    new: Path,
    *,
    output: str,
    max_turns: int | None,
    budget: int,
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """Say what changed from the policies OLD to the policies NEW, and what it does.

    OLD and NEW are folders or bundle files. For each rule it says whether the change was found only
    to tighten, only to loosen or to do both, and shows the smallest timelines on which the two
    disagree; for other weights, severities, actions and advice, those on which the decision differs.
    Exit code 1 says that there are differences.
    """
    from amity.consequences import Consequences
    from amity.evaluate.witness.comparison import SearchLimits, compare
    from amity.plugins.host import PluginSelection, load_plugins
    from amity.policy.cue_diff import compare_cues

    host = load_plugins(PluginSelection(enabled=enabled, disabled=disabled))
    before, after = _opened(old, host), _opened(new, host)
    with _progress() as progress:
        limits = SearchLimits(max_turns or 0, budget)
        sides = before.bundle.policies, after.bundle.policies
        policies = compare(*sides, limits, progress)
        following = Consequences(*sides, limits, lambda tried: progress("decisions", tried))
        consequences = _all_consequences(policies, following)
    changes = _changes(
        before,
        after,
        policies=policies,
        cues=compare_cues(before.cues, after.cues),
        consequences=consequences,
    )
    _show(changes, output)
    return FINDINGS if changes.policies or changes.cues else FINE


@dataclass(frozen=True, slots=True)
class _Side:
    bundle: Bundle
    cues: CueFiles
    path: Path


def _opened(path: Path, host: PluginHost) -> _Side:
    """The policies and cues at *path*; BadBundle with all that is wrong. Cues are not compiled."""
    from amity.cues.kept import CompiledCues
    from amity.cues.matcher import CueMatcher
    from amity.policy.bundle import load_contents, read_source
    from amity.policy.cue_diff import read_cues
    from amity.source import Problems, parse_yaml

    problems = Problems()
    contents = read_source(path, problems)
    # Files that are no YAML are told of when the policies are loaded.
    parsed = (parse_yaml(file.text, file.name, Problems()) for file in contents.files)
    cues = read_cues((node for node in parsed if node), host.catalogue, problems)
    bundle = load_contents(
        [contents],
        host.catalogue,
        actions=host.actions,
        cues=CompiledCues(CueMatcher([]), 0),
        found=problems,
    )
    return _Side(bundle, cues, path)


def _all_consequences(
    policies: Sequence[PolicyComparison], following: Consequences
) -> dict[Key, Sequence[Consequence]]:
    found: dict[Key, Sequence[Consequence]] = {}
    for policy in policies:
        found[policy.change.name, ""] = following.of_policy(policy)
        for rule in policy.rules:
            found[policy.change.name, rule.change.id] = following.of_rule(policy, rule)
    return found


def _changes(before: _Side, after: _Side, **found: object) -> Changes:
    from amity.cli.render.changes import Changes, Version

    old, new = (Version(str(side.path), side.bundle.digest) for side in (before, after))
    return Changes(old, new, **found)  # type: ignore[arg-type]  # as compare gives them


def _show(changes: Changes, output: str) -> None:
    if output == "json":
        from amity.cli.render.changes_json import plain

        click.echo(json.dumps(plain(changes), indent=2, ensure_ascii=False))
    else:
        from amity.cli.render.changes import print_changes

        print_changes(changes, stdout())


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """A line on stderr that says what is being searched, if a person is watching there."""
    console = stderr()
    if not console.is_terminal:
        yield lambda _rule, _tried: None
        return
    with console.status("Comparing") as status:
        yield lambda rule, tried: status.update(f"{rule}: {tried:,} timelines tried")
