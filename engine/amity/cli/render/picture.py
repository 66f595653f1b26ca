"""A timeline as an SVG picture, for a report or a slide."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from amity.cli.render.timeline import print_timeline
from amity.cli.render.view import View
from amity.errors import AmityError, Problem

__all__ = ["save_picture"]

_WIDTH = 120
# Rich's own frame loads a font from the internet; a picture of a customer's words must load nothing.
_FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" xml:space="preserve">
<style>
.{unique_id}-matrix {{
  font-family: "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def save_picture(view: View, path: Path, *, title: str = "amity") -> None:
    """Write the timeline of *view* to *path* as SVG; AmityError if it cannot be written."""
    console = Console(
        record=True, width=_WIDTH, force_terminal=True, color_system="truecolor", file=io.StringIO()
    )
    # Whoever runs with NO_COLOR still wants a picture in colour.
    console.no_color = False
    print_timeline(view, console)
    picture = console.export_svg(title=title, code_format=_FRAME)
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as error:
        problem = Problem("I103", f"{error.strerror}", file=str(path), fix="choose another place")
        raise AmityError("The picture could not be written.", [problem]) from error
