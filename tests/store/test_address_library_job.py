"""The library of a store: kept beside it, opened while it is as the store is, else built again. On both stores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import address_town
import pytest

from gridgeo.jobs import address_library as job
from gridgeo.jobs.address_library import address_book, generation, library_place, prepare, shelved_of
from gridgeo.jobs.address_words import add_alias, add_feedback
from gridgeo.jobs.addresses import remove_addresses
from gridgeo.locate.address.library import Library
from gridgeo.locate.index import build_index
from gridgeo.store.base import Store


@pytest.fixture
def town(store: Store, tmp_path: Path) -> Store:
    address_town.fill(store, tmp_path)
    return store


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each library had that was built."""
    sizes: list[int] = []
    build = job.build_library

    def counted(*args: object, **options: object) -> Library:
        library = build(*args, **options)
        sizes.append(len(library))
        return library

    monkeypatch.setattr(job, "build_library", counted)
    return sizes


def asked(town: Store, place: Path | None, text: str) -> tuple[str, str]:
    """Return status and place of an answer from the library as it is now."""
    book = address_book(shelved_of(town, place), build_index(address_town.grids()))
    assert book is not None
    told = book.ask(text)
    return told.status, book.library.texts.of(told.best.row) if told.best else ""


def test_a_library_is_built_once_and_opened_from_then_on(town: Store, tmp_path: Path, builds: list[int]) -> None:
    place = tmp_path / "cache" / "town.addresses"
    first, second = shelved_of(town, place), shelved_of(town, place)
    assert builds == [len(address_town.rows())]
    assert first.generation == second.generation == generation(town) > 0
    assert place.exists()
    assert asked(town, place, "人民东路12号")[0] == "sure"
    assert len(builds) == 1


def test_every_change_renews_it(town: Store, tmp_path: Path, builds: list[int]) -> None:
    place = tmp_path / "town.addresses"
    assert asked(town, place, "老城医院")[0] != "sure"
    add_alias(town, "老城医院", "人民医院", by="王")
    assert asked(town, place, "老城医院")[0] == "sure"
    add_feedback(town, "我在桥头的亭子 电话13812345678", by="王", row_id="R0007")
    assert asked(town, place, "桥头的亭子")[1].endswith("人民东路7号")
    add_feedback(town, "河边的亭子", by="王", code=address_town.grids()["code"][0])
    assert asked(town, place, "河边的亭子")[0] == "sure"
    remove_addresses(town, ["R0012"], by="王")
    assert asked(town, place, "人民东路12号")[0] == "interpolated"
    size = len(address_town.rows())
    assert builds == [size, size, size, size, size - 1]


@pytest.mark.parametrize("damage", [b"", b"gridgeo", None])
def test_what_is_damaged_is_built_again(town: Store, tmp_path: Path, builds: list[int], damage: bytes | None) -> None:
    place = tmp_path / "town.addresses"
    shelved_of(town, place)
    content = place.read_bytes()
    middle = len(content) // 2
    place.write_bytes(
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :] if damage is None else damage
    )
    assert asked(town, place, "人民东路12号")[0] == "sure"
    assert len(builds) == 2
    assert place.read_bytes() == content


def test_a_place_that_cannot_be_written_is_done_without(town: Store, tmp_path: Path, builds: list[int]) -> None:
    (tmp_path / "file").touch()
    assert asked(town, tmp_path / "file" / "town.addresses", "人民东路12号")[0] == "sure"
    assert asked(town, None, "人民东路12号")[0] == "sure"
    assert len(builds) == 2


def test_another_process_may_put_its_own_there_meanwhile(
    town: Store, tmp_path: Path, builds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, save = tmp_path / "town.addresses", job.save_library
    monkeypatch.setattr(job, "save_library", lambda *args, digest: save(*args, digest="another"))
    assert asked(town, place, "人民东路12号")[0] == "sure"


def test_a_store_without_addresses_has_no_library(store: Store, tmp_path: Path) -> None:
    store.publish_first(address_town.publication(), by="test")
    shelved = shelved_of(store, tmp_path / "town.addresses")
    assert (shelved.generation, shelved.library) == (0, None)
    assert address_book(shelved, build_index(address_town.grids())) is None


def test_a_library_of_which_all_rows_were_taken_back_is_none(town: Store, tmp_path: Path) -> None:
    remove_addresses(town, address_town.rows()["id"].tolist(), by="王")
    shelved = shelved_of(town, tmp_path / "town.addresses")
    assert shelved.generation == generation(town)
    assert shelved.library is None


def test_it_is_kept_beside_its_store_under_a_name_of_its_own(
    town: Store, store_url_of: Callable[[Store], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = store_url_of(town)
    place = library_place(url)
    assert place is not None
    assert place.suffix == ".addresses"
    assert prepare(url).generation == generation(town)
    assert place.exists()
