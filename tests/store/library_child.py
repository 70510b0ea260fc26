"""A process that loads addresses and gets stuck in the middle, so that a test can kill it there.

Arguments: store URL, file.
"""

import os
import sys
import time
from pathlib import Path

import small_city

from gridgeo.city import Source
from gridgeo.intake.address_file import AddressForm
from gridgeo.jobs.addresses import load_addresses
from gridgeo.store.base import open_store


def main(url: str, file: str) -> None:
    store = open_store(url)
    load = type(store.backend).load

    def load_and_stop(self, connection, table, columns, srid):
        load(self, connection, table, columns, srid)
        os.write(1, b"half way\n")
        time.sleep(600)

    type(store.backend).load = load_and_stop
    source = Source(file=file, path=Path(file), crs=small_city.CRS)
    load_addresses(store, AddressForm(source=source, address="address", x="x", y="y"), by="王")


if __name__ == "__main__":
    main(*sys.argv[1:])
