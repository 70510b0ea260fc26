"""A process that writes a merge result and stops in the middle, to be killed: ``merging_child.py CITY.toml FOLDER``."""

import sys
import time
from pathlib import Path

from gridgeo.city import read_city
from gridgeo.jobs import merge


def stop(_: object) -> str:
    """Say that the layer is written and wait to be killed."""
    sys.stdout.write("half way\n")
    sys.stdout.flush()
    time.sleep(300)
    return ""


if __name__ == "__main__":
    merge.merge_report_html = stop
    merge.write_result(merge.merge(read_city(sys.argv[1])), Path(sys.argv[2]))
