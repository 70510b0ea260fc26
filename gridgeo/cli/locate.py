"""``gridgeo locate``: which grid is responsible for a place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridgeo.cli.answer_shown import answer_lines
from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.jobs.locate import locate as locate_one
from gridgeo.jobs.lookup import Lookup, open_lookup
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    # coordinates west or south of zero begin with a minus sign and are no options
    app.command("locate", context_settings={"ignore_unknown_options": True})(fails_plainly(locate))


def locate(
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help='Address, name, "x,y" in any writing, or a grid code.')
    ] = "",
    batch: Annotated[
        str, typer.Option("--batch", metavar="IN.csv", help="Instead of QUERY: CSV, Excel or Parquet of questions.")
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Of --batch: ….csv or ….parquet")] = None,
    column: Annotated[str, typer.Option(help="Of --batch: column with the questions.")] = "query",
    id_column: Annotated[str | None, typer.Option("--id", help="Of --batch: column with ids; default: id.")] = None,
    encoding: Annotated[str, typer.Option(help="Of --batch: of text files.")] = "auto",
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    layer: Annotated[str | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    datum: Annotated[str | None, typer.Option(help="CGCS2000, GCJ-02, BD-09 or EPSG:…; default: compare.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Name the grid responsible for an address, name, coordinate or code. Exit code 1: no single grid is.

    With --batch: answer a table of questions as id, status, code, place_id, x, y (EPSG:4490), confidence, faults,
    candidates, ms.
    """
    from gridgeo.errors import InputError  # noqa: PLC0415

    if bool(query) == bool(batch):
        raise InputError("say one question, or --batch with a table of questions")
    if bool(batch) != (output is not None):
        raise InputError("--batch and -o go together: the table of questions, and where the answers are written")
    lookup = open_lookup(layer=layer, store=store or Settings().store, at=at)
    if output is not None:
        _many(batch, lookup, output, column=column, key=id_column, encoding=encoding, datum=datum, as_json=as_json)
        return
    answer = locate_one(query, lookup, datum=datum)
    if as_json:
        print_json(answer)
    else:
        print("\n".join(answer_lines(answer)))
    if answer["status"] != "sure":
        say_no()


def _many(
    file: str, lookup: Lookup, output: Path, *, column: str, key: str | None, encoding: str, datum: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Answer a table of questions."""
    from gridgeo.city import Source  # noqa: PLC0415 - loads what reads files
    from gridgeo.cli.progress import stages  # noqa: PLC0415
    from gridgeo.jobs.locate_batch import locate_batch  # noqa: PLC0415

    path, _, part = file.partition("::")
    stands = Source(file=path, path=Path(path).absolute(), layer=part or None, encoding=encoding)
    with stages() as tell:
        report = locate_batch(stands, lookup, output, column=column, key=key, datum=datum, tell=tell)
    if as_json:
        print_json({**report.as_dict(), "output": output})
        return
    for note in report.notes:
        print(note)
    counts = "，".join(f"{status} {count:,}" for status, count in report.statuses.items())
    speed = f"每秒 {report.rate:,.0f} 条，p50 {report.p50_ms:.1f} ms，p99 {report.p99_ms:.1f} ms"
    print(f"{report.rows:,} 条：{counts}；{speed}" if report.rows else "没有一条可查")
    print(f"-> {output}")
