"""`amity calibrate`: work out, from labelled turns, what scores are worth with one's own customers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.options import judge_from, judge_options, stdout

if TYPE_CHECKING:
    from amity.judge import Judge
    from amity.measuring.fit import Fit
    from amity.measuring.tallies import Measured

__all__ = ["command"]


@click.command("calibrate")
@click.argument("labels", metavar="LABELS", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("calibration.yaml"),
    show_default=True,
    help="Where to write the calibration. Review it, then put it beside your policies.",
)
@click.option("--name", default="our-labels", show_default=True, help="The calibration's name.")
@click.option("--owner", default="cx-quality", show_default=True, help="Who answers for it.")
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw scores against what was right, before and after, as SVG.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@judge_options
def command(
    labels: Path,
    *,
    out: Path,
    name: str,
    owner: str,
    plot: Path | None,
    force: bool,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> None:
    """Fit the scores of detectors, and from which score on they are reported, to labelled turns.

    LABELS has a JSON object on each line, as for `amity bench detection`; a few hundred turns are
    enough to begin with. A signal that is labelled or found in fewer than 8 turns keeps its scores.
    The figures after are those of turns that were left out of the fit, a fifth at a time.
    """
    from amity.cli.bench import watched
    from amity.measuring.fit import as_yaml, fit, fit_held_out
    from amity.measuring.labels import read_labels
    from amity.measuring.tallies import measure

    for path in filter(None, (out, plot)):
        _check_free(path, force=force)
    judge = _uncalibrated(judge_from(policies, enabled, disabled))
    sightings = watched(judge, read_labels(labels, judge.catalogue))
    held_out = fit_held_out(sightings, judge.catalogue)
    fitted = fit(sightings, judge.catalogue)
    lines = as_yaml(fitted, name=name, owner=owner, source=labels.name)
    _write(out, "\n".join(lines) + "\n")
    if plot:
        from amity.cli.render.reliability import reliability

        _write(plot, reliability({"before": sightings, "after": held_out}))
    _tell(measure(sightings), measure(held_out), fitted, out)


def _uncalibrated(judge: Judge) -> Judge:
    """The same judge by the scores that detectors give: curves are not fitted to curves."""
    from amity.calibration import AS_FOUND
    from amity.judge import Judge

    return Judge(judge.host, replace(judge.bundle, calibration=AS_FOUND))


def _check_free(path: Path, *, force: bool) -> None:
    from amity.errors import AmityError, Problem

    if path.exists() and not force:
        problem = Problem(
            "M105",
            "the file is already there",
            file=str(path),
            fix="choose another name, or say --force",
        )
        raise AmityError("Nothing was written.", [problem])


def _write(path: Path, text: str) -> None:
    from amity.errors import AmityError, Problem

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = Problem("M106", f"it cannot be written: {error.strerror}", file=str(path))
        raise AmityError("Nothing was written.", [problem]) from error


def _tell(before: Measured, after: Measured, fitted: Fit, out: Path) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("All signals", "Precision", "Recall", "F1", "ECE", "Brier"):
        table.add_column(heading, justify="left" if heading == "All signals" else "right")
    for name, row in (("before", before.macro), ("after", after.macro)):
        figures = (row.precision, row.recall, row.f1, row.calibration_error, row.brier)
        table.add_row(name, *(f"{figure:.3f}" for figure in figures))
    console = stdout()
    console.print(table)
    console.print(
        f"{len(fitted)} signals calibrated by {before.turns:,} labelled turns; written to {out}."
    )
    if not fitted:
        console.print("No signal is labelled and found in 8 turns or more: label more turns.")
