"""Draw the pictures of the gallery in ``maps/README.md`` from the sample city of ``gridgeo demo``.

Run ``python maps/make_gallery.py DEMO`` with the folder that ``gridgeo demo`` made. Its store is copied, brought up to
date, and given a second version for the map of changes; the folder itself stays as it is.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.draw import draw_map
from gridgeo.store.base import open_store, upgrade_store

LONG_PX, COLOURS, MOST_BYTES = 950, 40, 120_000
"""Longer side and colours of a thumbnail, and how many bytes it may have in the repository."""
PART = "老街街道"
"""The street of the maps that show a part."""
PICTURES: dict[str, dict[str, Any]] = {
    "coverage": {},
    "workload": {},
    "agency": {"agency": "party", "street": PART},
    "change": {"street": PART},
    "findings": {},
    "responsibility": {},
    "atlas": {"street": PART},
    "card": {"code": "411102001001003"},
}
"""Recipe → what its command says beside it."""


def main(demo: Path) -> None:
    """Draw every picture."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "gridgeo.gpkg"
        shutil.copy2(demo / "gridgeo.gpkg", file)
        store = f"gpkg://{file}"
        upgrade_store(store)
        newest = change_something(store)
        for name, said in PICTURES.items():
            at = {"at": newest, "since": newest - 1} if name == "change" else {"at": 1}
            sheet = draw_map(name, Path(folder) / f"{name}.png", store=store, **at, **said)
            picture = thumbnail(sheet.file.read_bytes())
            (Path(__file__).parent / f"{name}.png").write_bytes(picture)
            sys.stdout.write(f"{name}.png: {len(picture):,} bytes\n")


def thumbnail(sheet: bytes) -> bytes:
    """Return a sheet small and in few colours."""
    picture = Image.open(io.BytesIO(sheet)).convert("RGB")
    share = LONG_PX / max(picture.size)
    small = picture.resize((round(share * picture.width), round(share * picture.height)), Image.Resampling.LANCZOS)
    found = io.BytesIO()
    few = small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)  # no class goes grey
    few.save(found, "PNG", optimize=True)
    if len(found.getvalue()) > MOST_BYTES:
        raise SystemExit(f"a thumbnail has {len(found.getvalue()):,} bytes, more than {MOST_BYTES:,}")
    return found.getvalue()


def change_something(store: str) -> int:
    """Publish one more version: of the street one grid split, two joined, one block handed on. Return its number."""
    with open_store(store) as opened:
        desk, grids, communities = Desk(opened), opened.grids(), opened.communities()
        inside = set(communities["code"][communities["street"] == PART])
        own = grids[grids["community_code"].isin(inside) & (grids["kind"] == "general")]
        by_community = [rows.reset_index(drop=True) for _, rows in own.groupby("community_code")]
        left, low, right, high = by_community[0].geometry.iat[0].bounds
        line = f"LINESTRING ({left - 9} {(low + high) / 2}, {right + 9} {(low + high) / 2})"
        split = {"op": "split", "code": by_community[0]["code"].iat[0], "line": line}
        number = desk.begin("示例调整", split, by="planner")["draft"]["number"]
        desk.change(number, {"op": "merge", "codes": list(neighbours(by_community[1]))}, by="planner")
        for source, target, atom in handed_on(by_community[2], opened.atoms()):
            desk.change(number, {"op": "transfer", "source": source, "target": target, "atoms": [atom]}, by="planner")
        for rule in desk.show(number)["effect"]["rules"]:
            said = {"op": "explain", "code": rule["code"], "rule": rule["rule"], "text": "示例"}
            desk.change(number, said, by="planner")
        desk.step(number, "submit", by="planner")
        desk.step(number, "approve", by="reviewer")
        desk.publish(number, by="reviewer")
        return opened.versions()[-1].seq


def neighbours(rows: Any) -> tuple[str, str]:
    """Return two grids of a community with a long border in common and the fewest households together."""
    shapes = rows.geometry.to_numpy()
    pairs = [
        (int(rows["households"].iat[a] + rows["households"].iat[b]), rows["code"].iat[a], rows["code"].iat[b])
        for a in range(len(rows))
        for b in range(a)
        if shapes[a].intersection(shapes[b]).length > 100
    ]
    _, one, two = min(pairs)
    return one, two


def handed_on(rows: Any, atoms: Any) -> list[tuple[str, str, str]]:
    """Return a grid, its neighbour, and a block of the first that lies along the second and may go without a rest."""
    for source, shape in zip(rows["code"], rows.geometry, strict=True):
        for target, beside in zip(rows["code"], rows.geometry, strict=True):
            for atom, block in zip(atoms["id"], atoms.geometry, strict=True):
                if source == target or not shape.contains(block.representative_point()):
                    continue
                rest = shape.difference(block.buffer(0.01))
                along = block.intersection(beside).length > 50
                if along and rest.geom_type == "Polygon" and rest.area > shape.area / 2:
                    return [(source, target, atom)]
    return []


if __name__ == "__main__":
    main(Path(sys.argv[1]))
