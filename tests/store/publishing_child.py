"""A process that publishes and gets stuck in the middle, so that a test can kill it there.

Arguments: store URL, table after whose load it stops (or "none"), most bytes a file may have (0 = any).
"""

import os
import resource
import signal
import sys
import time

import small_city

from gridgeo.errors import StoreError
from gridgeo.store.base import open_store


def main(url: str, stop_after: str, most_bytes: int) -> None:
    store = open_store(url)
    load = type(store.backend).load

    def load_and_stop(self, connection, table, columns, srid):
        load(self, connection, table, columns, srid)
        if table.name == stop_after:
            os.write(1, b"half way\n")
            time.sleep(600)

    type(store.backend).load = load_and_stop
    publication = small_city.publication_of(40, 40)
    if most_bytes:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        store.publish_first(publication, by="li")
    except StoreError as error:
        sys.exit(str(error))
    os.write(1, b"published\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
