"""A register judged against a published layer: the names of communities and streets come from the store."""

from collections.abc import Callable
from pathlib import Path

import small_city

from gridgeo.jobs.assign import RegisterFile
from gridgeo.jobs.lookup import open_lookup
from gridgeo.jobs.quality import examine
from gridgeo.store.base import Store


def test_addresses_are_judged_by_the_names_in_the_store(
    store: Store, store_url_of: Callable[[Store], str], tmp_path: Path
) -> None:
    """The first row lies in its community, the second 50 m beside it, the third only in its street."""
    store.publish_first(small_city.publication_of(), by="li")
    rows = [
        ("a", 500_050, "沙北街道第1社区8号"), ("b", 500_150, "沙北街道第1社区9号"), ("c", 500_150, "沙北街道人民路9号"),
    ]  # fmt: skip
    lines = [f"{name},{x},3700050,{address}" for name, x, address in rows]
    file = tmp_path / "homes.csv"
    file.write_text("\n".join(["id,x,y,addr", *lines]), encoding="utf-8")
    register = RegisterFile(file=str(file), id="id", x="x", y="y", crs=small_city.CRS)
    found = examine(register, open_lookup(store=store_url_of(store)), address="addr", further_than_m=49)
    assert found.positions is not None
    assert (found.positions.named, found.positions.agree, found.positions.far) == (3, 2, 1)
    assert [(row.id, row.distance_m) for row in found.positions.far_examples] == [("b", 50.0)]
