"""One of several planners or readers at one store, until a moment in time.

Arguments: store URL, "plan" or "read", own number, seconds. A planner opens, reviews and publishes drafts in all
communities and drops what collides; prints how many it published. A reader checks that each snapshot is one version.
"""

import random
import sys
import time

from gridgeo.errors import GridgeoError, Refusal, VersionConflict
from gridgeo.jobs.drafts import Desk
from gridgeo.store.base import open_store
from gridgeo.store.digest import layer_digest


def plan(url: str, own: int, until: float) -> int:
    chance, published = random.Random(own), 0
    with open_store(url) as store:
        desk = Desk(store)
        while time.monotonic() < until:
            row = store.grids().sample(1, random_state=chance.randrange(1 << 30)).iloc[0]
            left, bottom, right, top = row.geometry.bounds
            y = chance.uniform(bottom + 5, top - 5)
            line = f"LINESTRING ({left - 9} {y}, {right + 9} {y + chance.uniform(-3, 3)})"
            change = {"op": "split", "code": row.code, "line": line}
            if chance.random() < 0.5:
                change = {"op": "rename", "code": row.code, "name": f"网格{own}之{published}"}
            try:
                number = desk.begin(f"{own}", change, by=f"planner {own}")["draft"]["number"]
                desk.step(number, "submit", by=f"planner {own}")
                desk.step(number, "approve", by="wang")
            except (Refusal, VersionConflict):
                continue
            try:
                desk.publish(number, by=f"planner {own}")
                published += 1
            except (Refusal, VersionConflict):
                desk.step(number, "drop", by=f"planner {own}")
    return published


def read(url: str, until: float) -> int:
    looked = 0
    with open_store(url) as store:
        households = int(store.grids(1)["households"].sum())
        while time.monotonic() < until:
            with store.snapshot() as reader:
                version = reader.versions()[-1]
                grids = reader.grids(version.seq)
                assert grids["code"].is_unique
                assert layer_digest(grids) == version.digest, "a torn read"
                assert int(grids["households"].sum()) == households
            looked += 1
    return looked


def main(url: str, role: str, own: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    try:
        done = plan(url, own, until) if role == "plan" else read(url, until)
        sys.stdout.write(str(done))
    except GridgeoError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
