"""``gridgeo store``: make, upgrade, describe, prove and copy a store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.settings import Settings
from gridgeo.store.base import StoreInfo, copy_store, init_store, open_store, upgrade_store

__all__ = ["register"]

Url = Annotated[
    str | None,
    typer.Argument(
        metavar="[URL]",
        help="gpkg:///path/file.gpkg or postgresql://…; default: GRIDGEO_STORE or ./gridgeo.gpkg.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(name="store", help="Make, upgrade, describe, prove and copy a store.", no_args_is_help=True)
    for name, command in (
        ("init", init), ("upgrade", upgrade), ("info", info), ("verify", verify), ("copy", copy),
    ):  # fmt: skip
        group.command(name)(fails_plainly(command))
    app.add_typer(group)


def init(url: Url = None, as_json: AsJson = False) -> None:
    """Make an empty store; what exists is never overwritten."""
    with init_store(url or Settings().store) as store:
        made = store.info()
    if as_json:
        print_json({"url": made.url, "schema": made.schema})
    else:
        print(f"made {made.url} (schema {made.schema})")


def upgrade(url: Url = None, as_json: AsJson = False) -> None:
    """Bring a store's tables up to this program; its content stays."""
    before, after = upgrade_store(url or Settings().store)
    if as_json:
        print_json({"before": before, "after": after})
    else:
        print(f"schema {before} -> {after}" if before != after else f"schema {after} is up to date")


def info(url: Url = None, as_json: AsJson = False) -> None:
    """Tell schema version, layer, versions, rows and size."""
    with open_store(url or Settings().store) as store:
        facts = store.info()
    if as_json:
        print_json(asdict(facts))
    else:
        print("\n".join(_lines(facts)))


def verify(url: Url = None, as_json: AsJson = False) -> None:
    """Prove a store: the audit's chain, spans and digests, the ledger, the layer. Exit code 1: something is refuted."""
    from gridgeo.jobs.audit import audit_store  # noqa: PLC0415 - loads the rules of drafts

    with open_store(url or Settings().store) as store, Console(stderr=True).status(f"proving {store.url} …"):
        found = audit_store(store)
    if as_json:
        print_json(found.as_dict())
    else:
        for proof in found.proofs:
            print(f"{proof.name:<12} {'proven' if proof.holds else 'REFUTED'}: {proof.said}")
            print("".join(f"  {fault}\n" for fault in proof.faults), end="")
    if not found.holds:
        say_no()


def copy(
    source: Annotated[str, typer.Argument(metavar="A", help="The store to copy.")],
    target: Annotated[str, typer.Argument(metavar="B", help="A new store, of either kind.")],
    as_json: AsJson = False,
) -> None:
    """Copy a store with its whole history into a new one, and compare every row."""
    with Console(stderr=True).status(f"copying {source} …"):
        found = copy_store(source, target)
    if as_json:
        print_json({table: {"rows": rows, "sha256": digest} for table, (rows, digest) in found.items()})
    else:
        rows = sum(rows for rows, _ in found.values())
        print(f"copied {rows:,} rows of {len(found)} tables; both stores hold the same")


def _lines(facts: StoreInfo) -> list[str]:
    """Return the summary as a person reads it."""
    lines = [f"store    {facts.url}", f"schema   {facts.schema}, {facts.size_bytes / 1e6:,.1f} MB"]
    for layer in facts.layers:
        lines.append(f"layer    {layer.title}, {layer.crs}, codes {layer.layout}, {layer.count:,} grids")
        lines.append("extent   " + ", ".join(f"{side:.1f}" for side in layer.extent))
    for version in facts.versions:
        lines.append(
            f"version  {version.seq}, holds from {version.effective}, published {version.published:%Y-%m-%d %H:%M} UTC "
            f"by {version.published_by}, {_verdict(version.certificate)}, digest {version.digest[:12]}"
        )
    if not facts.versions:
        lines.append("version  none yet: merge or import a layer")
    lines += [f"rows     {table:<15}{rows:>12,}" for table, rows in facts.counts.items() if rows]
    return lines


def _verdict(certificate: dict[str, Any]) -> str:
    """Return whether a version was certified seamless."""
    return "seamless" if certificate.get("seamless") else "not seamless"
