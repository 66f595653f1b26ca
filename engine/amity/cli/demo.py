"""`amity demo`: a real server, sample conversations over gRPC, and what Amity sees in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.options import judge_from, judge_options, stdout
from amity.cli.samples import Sample, sample_called, samples

if TYPE_CHECKING:
    from rich.console import Console

    from amity.cli.render.view import View
    from amity.judge import Judge

__all__ = ["command"]

_HOW_TO_CALL = """\
Start a server of your own in another terminal:

  amity serve

Call it from Python:

  from amity.client import AmityClient

  with AmityClient("127.0.0.1:50051") as amity:
      decision = amity.evaluate({
          "id": "example-1",
          "participants": [
              {"id": "c", "role": "ROLE_CUSTOMER"},
              {"id": "a", "role": "ROLE_AGENT"},
          ],
          "turns": [
              {"participantId": "c", "text": "This is the third time I ask. I'm fed up."},
              {"participantId": "a", "text": "Please calm down."},
          ],
      })
      for outcome in decision.outcomes:
          print(outcome.title, outcome.reason)

Call it with grpcurl, which learns the contract from the server:

  amity demo --sample dismissive --request |
    grpcurl -plaintext -d @ 127.0.0.1:50051 amity.v1.EvaluationService/Evaluate

Judge a file without a server:

  amity demo --sample dismissive --request > conversation.json
  amity evaluate conversation.json"""


@click.command("demo")
@click.option("--sample", "name", metavar="NAME", help="Show only this sample.")
@click.option("--list", "is_list", is_flag=True, help="List the samples, and judge none.")
@click.option(
    "--request",
    "is_request",
    is_flag=True,
    help="Print the request of --sample as JSON, and judge nothing.",
)
@click.option("--plain", is_flag=True, help="No colour: evidence is marked beneath the text.")
@judge_options
def command(
    name: str | None,
    *,
    is_list: bool,
    is_request: bool,
    plain: bool,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> None:
    """Judge sample conversations over gRPC, and show what Amity sees in each."""
    chosen = (sample_called(name),) if name else samples()
    if is_request and name is None:
        raise click.UsageError("--request needs --sample NAME.")
    if is_request:
        click.echo(chosen[0].request)
    elif is_list:
        click.echo("\n".join(f"{sample.name:22}{sample.title}" for sample in chosen))
    else:
        console = stdout(is_plain=plain)
        _show(chosen, judge_from(policies, enabled, disabled), console)
        if name is None:
            _section("How to call it", console)
            console.print(_HOW_TO_CALL, soft_wrap=True)


def _show(chosen: Sequence[Sample], judge: Judge, console: Console) -> None:
    from amity.cli.render.table import print_rows, row_of_view
    from amity.cli.render.timeline import print_timeline

    views = []
    for sample, view in zip(chosen, _judged(chosen, judge), strict=True):
        console.print()
        title = f"{sample.title} ({sample.name})"
        print_timeline(view, console, title=title, look_at=f"Look at this: {sample.look_at}")
        views.append(view)
    if len(views) > 1:
        _section("All of them, by module", console)
        print_rows([row_of_view(view) for view in views], console)


def _judged(chosen: Sequence[Sample], judge: Judge) -> Sequence[View]:
    """What a server that runs just for this says of *chosen*, in one process but over the wire."""
    from amity.cli.render.view import view_of
    from amity.client import AmityClient
    from amity.service.server import running_server
    from amity.service.wire import conversation_from_json

    views = []
    with running_server(judge) as address, AmityClient(address) as client:
        for sample in chosen:
            decision = _plain(client.evaluate(sample.conversation, is_open=sample.is_open))
            conversation = conversation_from_json(sample.conversation_json, sample.name)
            views.append(view_of(conversation, decision, judge.catalogue))
    return views


def _plain(message: Any) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(message)


def _section(title: str, console: Console) -> None:
    from amity.cli.render.look import look_of
    from amity.cli.render.summary import heading

    console.print()
    console.print(heading(title, console.width, look_of(console)))
    console.print()
