"""Which version is meant by a day, a number, or nothing at all."""

from datetime import date

import pytest

from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.moment import version_at
from gridgeo.store.base import Version


def versions(*days: str) -> list[Version]:
    facts = {"title": "", "published": None, "published_by": "", "digest": "", "stats": {}, "certificate": {}}
    return [Version(seq=n, effective=date.fromisoformat(day), **facts) for n, day in enumerate(days, 1)]


THREE = versions("2026-01-01", "2026-06-01", "2026-06-01")


@pytest.mark.parametrize(
    ("at", "seq"),
    [
        ("1", 1),
        ("v2", 2),
        (" V3 ", 3),
        (2, 2),
        ("2026-01-01", 1),
        ("2026-05-31", 1),
        ("2026-06-01", 3),
        (date(2030, 1, 1), 3),
    ],
)
def test_a_number_or_a_day_means_one_version_and_of_two_on_a_day_the_newer(at, seq):
    assert version_at(THREE, at).seq == seq


@pytest.mark.parametrize(("today", "seq"), [("2026-03-01", 1), ("2026-06-01", 3), ("2025-01-01", 1)])
def test_without_at_the_version_that_holds_today_is_meant_and_before_all_the_first(today, seq):
    assert version_at(THREE, today=date.fromisoformat(today)).seq == seq


@pytest.mark.parametrize("at", ["", "x", "2026-13-01", "2026-1-1", "1.0", "-1", "vv1", "２０２６-01-01"])
def test_what_is_neither_is_refused_with_what_is_known(at):
    with pytest.raises(InputError, match=r"write YYYY-MM-DD or a number such as 3; known versions: 1 from 2026-01-01"):
        version_at(THREE, at)


@pytest.mark.parametrize(
    ("at", "words"), [("0", "no version 0"), ("4", "no version 4"), ("2025-12-31", "no version held on 2025-12-31")]
)
def test_what_is_not_there_is_not_found_and_the_known_are_named(at, words):
    with pytest.raises(NotFoundError, match=f"{words}; known versions: 1 from 2026-01-01, 2 from 2026-06-01"):
        version_at(THREE, at)


def test_of_many_versions_the_last_are_named():
    many = versions(*(f"2026-01-{day:02d}" for day in range(1, 21)))
    with pytest.raises(NotFoundError, match="known versions: 1 to 14, 15 from 2026-01-15, "):
        version_at(many, 99)


def test_an_empty_store_is_said_to_be_empty():
    with pytest.raises(NotFoundError, match="store x holds no published version yet"):
        version_at([], where="store x")
