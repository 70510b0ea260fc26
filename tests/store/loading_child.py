"""A process that loads a register and gets stuck in the middle, so that a test can kill it there.

Arguments: store URL, register file, table after whose load it stops.
"""

import os
import sys
import time
from pathlib import Path

import small_city

from gridgeo.city import Source
from gridgeo.intake.entries import Form
from gridgeo.jobs.registers import load_register
from gridgeo.store.base import open_store


def main(url: str, file: str, stop_after: str) -> None:
    store = open_store(url)
    load = type(store.backend).load

    def load_and_stop(self, connection, table, columns, srid):
        load(self, connection, table, columns, srid)
        if table.name == stop_after:
            os.write(1, b"half way\n")
            time.sleep(600)

    type(store.backend).load = load_and_stop
    source = Source(file=file, path=Path(file), crs=small_city.CRS)
    load_register(store, Form(source=source, kind="household", id="id", x="x", y="y", phone="phone"), by="王")


if __name__ == "__main__":
    main(*sys.argv[1:])
