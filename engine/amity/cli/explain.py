"""`amity explain`: policies as pages to read, or why the rules ended so on a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.main import BAD_INPUT, FINE, tell
from amity.cli.options import judge_from, judge_options, stdout
from amity.cli.reading import Parsed, Source, parsed
from amity.errors import AmityError, BadConversation, Problem

if TYPE_CHECKING:
    from amity.judge import Judge
    from amity.policy.model import Policy
    from amity.policy.page import PolicyPage
    from amity.signals import Catalogue

__all__ = ["command"]

_CONVERSATIONS = {".json", ".jsonl", ".ndjson"}
_FEW = 8
_PAGES = ("text", "markdown", "html")


@click.command("explain")
@click.argument("path", metavar="[PATH]", required=False)
@click.option("--policy", "policy", metavar="NAME", help="Only this policy.")
@click.option("--rule", "rule", metavar="ID", help="Only this rule.")
@click.option(
    "-o",
    "--output",
    type=click.Choice([*_PAGES, "json"]),
    default="text",
    show_default=True,
    help="How to show it. Policies: text, markdown or html; a conversation: text or json.",
)
@click.option(
    "--open",
    "is_open",
    is_flag=True,
    help="The conversation goes on: what may still come is pending.",
)
@judge_options
def command(
    path: str | None,
    policy: str | None,
    rule: str | None,
    output: str,
    *,
    is_open: bool,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """Explain policies in English, or why each rule ended as it did on a conversation.

    PATH is a folder of policies or a bundle file, to read as pages; or a conversation in JSON ("-"
    for standard input), to see for each rule what met it and what failed, and by how much. Without
    PATH, the policies that Amity brings are shown.
    """
    if path is None or (path != "-" and Path(path).suffix.lower() not in _CONVERSATIONS):
        if output == "json":
            raise click.UsageError(
                "-o json is for a conversation; a policy has text, markdown or html."
            )
        sources = (Path(path),) if path else policies
        catalogue, loaded = _policies(sources, enabled, disabled)
        _show_pages(_wanted(loaded, policy, rule), catalogue, output)
        return FINE
    if output in {"markdown", "html"}:
        raise click.UsageError(f"-o {output} is for policies; a conversation has text or json.")
    judge = judge_from(policies, enabled, disabled)
    _wanted(judge.bundle.policies, policy, rule)
    return _explain(Source(path), judge, policy or "", rule or "", output, is_open=is_open)


def _policies(
    sources: Sequence[Path], enabled: tuple[str, ...], disabled: tuple[str, ...]
) -> tuple[Catalogue, Sequence[Policy]]:
    """What is to be read; the examples of cues are not checked, for nobody reads them here."""
    from amity.cues.kept import KeptCues
    from amity.plugins.host import PluginSelection, load_plugins
    from amity.policy.bundle import load_bundle, shipped_policies

    _check_files(sources)
    host = load_plugins(PluginSelection(enabled=enabled, disabled=disabled))
    bundle = load_bundle(
        sources or (shipped_policies(),),
        host.catalogue,
        actions=host.actions,
        check_examples=False,
        kept=KeptCues.default(),
    )
    return host.catalogue, bundle.policies


def _check_files(sources: Sequence[Path]) -> None:
    problems = [
        Problem(
            "I140",
            "this is one file of a bundle",
            file=str(path),
            fix=f"name its folder: {path.parent}",
        )
        for path in sources
        if path.suffix.lower() in {".yaml", ".yml"}
    ]
    if problems:
        raise AmityError("A policy is explained together with what stands beside it.", problems)


def _wanted(policies: Sequence[Policy], policy: str | None, rule: str | None) -> list[Policy]:
    """*policies* with only what was asked for; AmityError with the nearest name if there is none."""
    from dataclasses import replace

    chosen = [each for each in policies if policy in {None, each.name}]
    if not chosen:
        raise _unknown("policy", str(policy), [each.name for each in policies])
    if rule is None:
        return chosen
    kept = [
        replace(each, rules=tuple(found for found in each.rules if found.id == rule))
        for each in chosen
    ]
    if not any(each.rules for each in kept):
        raise _unknown("rule", rule, [found.id for each in chosen for found in each.rules])
    return [each for each in kept if each.rules]


def _unknown(what: str, name: str, known: Sequence[str]) -> AmityError:
    from amity.fields import nearest

    code = "I141" if what == "policy" else "I142"
    otherwise = (
        f"use one of: {', '.join(known)}"
        if len(known) <= _FEW
        else "`amity explain` shows them all"
    )
    problem = Problem(code, f'there is no {what} "{name}"', fix=nearest(name, known, otherwise))
    return AmityError(f"That {what} is not known.", [problem])


def _show_pages(policies: Sequence[Policy], catalogue: Catalogue, output: str) -> None:
    from amity.policy.page import policy_page

    pages = [policy_page(each, catalogue) for each in policies]
    if output == "text":
        from amity.cli.render.policy_text import print_pages

        print_pages(pages, stdout())
    else:
        click.echo(_document(pages, output), nl=False)


def _document(pages: Sequence[PolicyPage], output: str) -> str:
    if output == "html":
        from amity.cli.render.policy_html import pages_html

        return pages_html(pages)
    from amity.cli.render.policy_markdown import pages_markdown

    return pages_markdown(pages)


def _explain(
    given: Source, judge: Judge, policy: str, rule: str, output: str, *, is_open: bool
) -> int:
    code = FINE
    for entry in given.entries():
        try:
            read = parsed(entry)
        except BadConversation as error:
            tell(error)
            code = BAD_INPUT
            continue
        goes_on = is_open or read.is_open
        if output == "json":
            click.echo(_json(read, judge, policy, rule, is_open=goes_on))
        else:
            _show(read, judge, policy, rule, is_open=goes_on)
    return code


def _json(read: Parsed, judge: Judge, policy: str, rule: str, *, is_open: bool) -> str:
    """The JSON of the message Decision with its traces."""
    from amity.service.wire import explained_json

    detection = judge.detect(read.conversation)
    decision = judge.decide(read.conversation, detection, is_open=is_open)
    traces = judge.explain(
        read.conversation, is_open=is_open, policy=policy, rule=rule, detection=detection
    )
    return explained_json(decision, traces)


def _show(read: Parsed, judge: Judge, policy: str, rule: str, *, is_open: bool) -> None:
    from amity.cli.render.explanation import print_explanation, print_rule

    console = stdout()
    traces = judge.explain(read.conversation, is_open=is_open, policy=policy, rule=rule)
    if rule:
        for trace in traces:
            print_rule(trace, read.conversation, judge.catalogue, console)
    else:
        print_explanation(traces, console, read.title or read.conversation.id)
