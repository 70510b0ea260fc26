"""Publishers that are killed anywhere, and many at once: nothing torn, nothing lost, no code twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import small_city

from gridgeo.jobs.drafts import Desk
from gridgeo.store.base import Store

HERE = Path(small_city.__file__).parent
SECONDS = float(os.environ.get("GRIDGEO_TEST_SECONDS", "6"))
"""How long planners and readers are at it; the gate has little time, a release takes a minute."""
CROWD = int(os.environ.get("GRIDGEO_TEST_CROWD", "3"))


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    root = str(HERE.parents[1])
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_at_any_statement_the_store_is_old_or_new(store: Store, store_url_of):
    store.publish_first(small_city.publication_of(3, 3), by="li")
    desk = Desk(store)
    across = "LINESTRING (499990 3700150, 500110 3700160)"
    number = desk.begin("t", {"op": "split", "code": "411102001001002", "line": across}, by="li")["draft"]["number"]
    desk.change(number, {"op": "lock", "code": "411102001002001", "reason": "核查"}, by="li")
    part = "POLYGON ((500200 3700200, 500290 3700200, 500290 3700290, 500200 3700290, 500200 3700200))"
    move = {"op": "transfer", "source": "411102001003001", "target": "411102001003002", "area": part}
    desk.change(number, move, by="li")
    desk.step(number, "submit", by="li")
    desk.step(number, "approve", by="wang")
    store.close()
    with child("killed_publishers.py", store_url_of(store), number) as killer:
        said, complaint = killer.communicate(timeout=300)
    assert killer.returncode == 0, complaint
    assert int(said) >= 15


def test_many_planners_and_readers_at_once(store: Store, store_url_of):
    store.publish_first(small_city.publication_of(6, 6), by="li")
    url = store_url_of(store)
    planners = [child("busy_planner.py", url, "plan", own, SECONDS) for own in range(CROWD)]
    readers = [child("busy_planner.py", url, "read", own, SECONDS) for own in range(CROWD)]
    said = []
    for process in (*planners, *readers):
        out, complaint = process.communicate(timeout=60 + 4 * SECONDS)
        assert process.returncode == 0, complaint
        said.append(int(out))
    drafts = Desk(store).drafts()
    published = [draft for draft in drafts if draft.state == "published"]
    versions = store.versions()
    assert len(published) == sum(said[:CROWD]) == len(versions) - 1
    assert sorted(draft.seq for draft in published) == [version.seq for version in versions[1:]]
    assert min(said[CROWD:]) > 0
    with store.backend.reading() as connection:
        born = "SELECT code, count(*) FROM grid_span GROUP BY code, v_from HAVING count(*) > 1"
        assert connection.exec_driver_sql(born).all() == []
    for version in versions:
        assert store.digest(version.seq) == version.digest
        assert version.certificate["seamless"]
