"""``gridgeo verify``: an independent certificate of any polygon layer."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.cli.layouts import require_layout
from gridgeo.jobs.verify import LayerFiles, verify_files
from gridgeo.model import Certificate

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(fails_plainly(verify))


def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The layer: FILE or FILE::LAYER.")],
    frame: Annotated[str, typer.Option(help="What must be covered: FILE or FILE::LAYER, in any CRS.")],
    layer: Annotated[str | None, typer.Option(help="Layer in FILE; default: grid, or the only one.")] = None,
    code: Annotated[str, typer.Option(help="Column with the codes.")] = "code",
    layout: Annotated[str, typer.Option(help="gb15, mgmt12, cjt14, cjt349-20 or plain.")] = "gb15",
    community: Annotated[
        str | None, typer.Option(help="Communities that no grid may leave: FILE or FILE::LAYER.")
    ] = None,
    community_code: Annotated[str, typer.Option(help="Column with the community codes.")] = "code",
    community_tolerance: Annotated[float, typer.Option(min=0, help="Metres a grid may leave its community.")] = 0.5,
    frame_tolerance: Annotated[float, typer.Option(min=0, help="Metres along the frame's border that may differ.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines; the certificate is JSON anyway.")] = False,
) -> None:
    """Print the certificate of a layer. Exit code 0: seamless, 1: not, 2: unreadable."""
    del as_json  # every command takes --json; this one has no other answer
    require_layout(layout)
    spec = f"{file}::{layer}" if layer else file
    files = LayerFiles(layer_file=spec, frame_file=frame, community_file=community, community_code=community_code)
    with Console(stderr=True).status(f"certifying {file} …"):
        certificate = verify_files(
            files,
            layout=layout,
            code=code,
            community_tolerance_m=community_tolerance,
            frame_tolerance_m=frame_tolerance,
        )
    print_json(certificate.as_dict())
    print(f"gridgeo: {spec} {_verdict(certificate)}", file=sys.stderr)
    if not certificate.seamless:
        say_no()


def _verdict(certificate: Certificate) -> str:
    """Return the certificate in one line."""
    names = (
        "gap_count", "overlap_count", "outside_count", "invalid", "empty", "multipart", "not_polygon",
        "unmatched_edges", "uncancelled_edges", "crossing_communities", "communities_without_grid",
        "duplicate_codes", "malformed_codes",
    )  # fmt: skip
    found = [f"{name} {getattr(certificate, name):,}" for name in names if getattr(certificate, name)]
    unchecked = "" if certificate.crossing_communities is not None else "; communities were not checked"
    if certificate.seamless:
        return f"is seamless: {certificate.grids:,} grids{unchecked}"
    return f"is not seamless: {', '.join(found) or 'it holds no grid'}{unchecked}"
