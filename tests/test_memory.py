"""What a large step has freed is the system's again."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from gridgeo.memory import give_back

BLOCK = 100_000
"""Bytes; glibc gives larger ones back by itself."""


def resident() -> int:
    """Bytes of this process that are in memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in memory")
def test_freed_memory_below_what_is_in_use_goes_back() -> None:
    blocks = [bytearray(BLOCK) for _ in range(1000)]
    last, held = blocks.pop(), resident()
    blocks.clear()
    give_back()
    assert held - resident() > 500 * BLOCK
    assert len(last) == BLOCK


def test_what_arrow_holds_stays_as_it_is() -> None:
    texts = pa.array(["人民路", None, "泰山路"])
    give_back()
    assert texts.to_pylist() == ["人民路", None, "泰山路"]
