"""The ``gridgeo`` command: finds the command that was asked for and loads only that.

Every command brings its own libraries (numba, matplotlib, SQLAlchemy …); loading all of them for each call took eight
seconds of one core.
"""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from gridgeo import __version__
from gridgeo.cli.exits import fails_plainly

__all__ = ["COMMANDS", "app", "main"]


class Entry(NamedTuple):
    """Where a command lives and the line that ``gridgeo --help`` shows."""

    module: str
    help: str


COMMANDS = {
    "demo": Entry("demo", "Make a sample city with the faults of real layers, merge it, publish it, draw it."),
    "inspect": Entry("inspect", "Tell what is wrong with the inputs of a city; nothing is changed."),
    "merge": Entry("merge", "Merge a city's agency layers into one seamless, numbered layer."),
    "verify": Entry("verify", "Print the certificate of a layer."),
    "import": Entry("imports", "Certify an existing layer and publish it as version 1."),
    "assign": Entry("assign", "Give every place of a register the code of its grid, as id, code, method, distance_m."),
    "quality": Entry("quality", "Tell how good a register is, and which datum its addresses show."),
    "register": Entry("registers", "Load registers into the store; their history, and counts per grid."),
    "places": Entry("places", "List the places that a grid is responsible for now."),
    "address": Entry("address", "Load addresses and places into the store's library; names and feedback."),
    "locate": Entry("locate", "Name the grid responsible for an address, name, coordinate or code."),
    "explain": Entry("explain", "Tell what a grid was made from and why its borders are where they are."),
    "redraw": Entry("redraw", "Change borders in a draft, or only see what a change would do."),
    "draft": Entry("draft", "Plan, review and publish changes of the layer."),
    "history": Entry("history", "Tell what a code ever was, or all versions; go back to an earlier version."),
    "diff": Entry("diff", "Tell what is different between two versions: a table, a file or a map."),
    "map": Entry("draw", "Draw a map."),
    "export": Entry(
        "export", "Write the grids, or some of them, as Excel, CSV, GeoPackage, shapefile, GeoJSON or tiles."
    ),
    "serve": Entry("serve", "Serve the layer, the look-up and the page until Ctrl+C."),
    "store": Entry("store", "Make, upgrade, describe, prove and copy a store."),
    "account": Entry("account", "Make, list and disable accounts, their passwords and the keys of programs."),
}
"""Name → module of `gridgeo.cli`, which has ``register(app)``."""


class LazyGroup(TyperGroup):
    """Lists all commands, loads one."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=entry.help) for name, entry in COMMANDS.items()}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands in the order of work."""
        del ctx
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that was asked for."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


@fails_plainly  # loading takes a second or two, and Ctrl+C may come then too
def load(name: str) -> Any:
    """Import one command's module and return the command."""
    single = typer.Typer()
    import_module(f"gridgeo.cli.{COMMANDS[name].module}").register(single)
    return get_group(single).commands[name]


app = typer.Typer(
    name="gridgeo",
    cls=LazyGroup,
    help="Merge the management grids of a city's agencies into one seamless, permanently numbered layer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _tell_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        print(f"gridgeo {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Merge the management grids of a city's agencies into one seamless, permanently numbered layer."""


def main() -> None:
    """Run the command line; a terminal that lacks Chinese characters gets question marks instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
