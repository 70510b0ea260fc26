"""Partitions on many machines: an engine for `gridgeo.jobs.partitions` over dask.distributed.

In: the address of a scheduler, partitions and a `Lookup`. Out: their reports as they are done. The layer with its index
is sent to every worker once; each then does whole partitions with the job that one machine does, files being on
storage that all see. Workers may be lost: their partitions go to others, and a layer that was lost with all workers
is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import gridgeo
from gridgeo.errors import GridgeoError, InputError
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.partitions import Engine, Partition, assign_partition
from gridgeo.jobs.tally import AssignReport

__all__ = ["dask_engine"]

CONNECT_S = 10
"""Seconds to wait for the scheduler, and for a first worker."""
ROUNDS = 5
"""How often the layer is sent to workers anew before giving up."""


def dask_engine(scheduler: str) -> Engine:
    """Return an engine that does partitions on the workers of a dask scheduler.

    Parameters
    ----------
    scheduler : str
        Its address, e.g. "tcp://10.0.0.5:8786".

    Raises
    ------
    InputError
        If dask is not installed.
    """
    try:
        import distributed  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise InputError("dask is not installed; install it with: pip install 'gridgeo[cluster]'") from None

    def run(partitions: list[Partition], lookup: Lookup) -> Iterator[AssignReport]:
        if not partitions:
            return
        client = _connected(scheduler)
        try:
            _require_workers(client, scheduler)
            left = {partition.name: partition for partition in partitions}
            for _ in range(ROUNDS):
                yield from _round(client, left, lookup)
                if not left:
                    return
                _require_workers(client, scheduler)
            name = next(iter(left))
            raise InputError(
                f"workers are lost again and again at {name} and {len(left) - 1} other partitions; see their logs, and "
                "give them more memory or split the files; what is done is kept, the same command goes on"
            )
        finally:
            client.close()

    return run


def _connected(scheduler: str) -> Any:
    """Return a client."""
    from distributed import Client  # noqa: PLC0415

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is said below
    try:
        return Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"no dask scheduler answers at {scheduler} ({error}); start one with: dask scheduler"
        ) from None


def _require_workers(client: Any, scheduler: str) -> None:
    """Wait for a worker, and refuse one that has another gridgeo."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
        versions = client.run(_version)
    except TimeoutError:
        raise InputError(
            f"the dask scheduler at {scheduler} has no workers; start some with: dask worker {scheduler}"
        ) from None
    except ModuleNotFoundError:
        raise InputError(f"workers of {scheduler} cannot import gridgeo; install it where they run") from None
    for worker, version in versions.items():
        if version != gridgeo.__version__:
            raise InputError(f"worker {worker} has gridgeo {version}, this is {gridgeo.__version__}; install the same")


def _version() -> str:
    return gridgeo.__version__


def _round(client: Any, left: dict[str, Partition], lookup: Lookup) -> Iterator[AssignReport]:
    """Send the layer to all workers once, and do partitions until all are done or the layer is lost."""
    from distributed import CancelledError, KilledWorker, as_completed  # noqa: PLC0415

    try:
        (layer,) = client.scatter([lookup], broadcast=True, hash=False)
    except (OSError, TimeoutError, KeyError, ValueError):  # workers went away meanwhile
        return
    futures = {
        client.submit(assign_partition, partition, layer, key=f"gridgeo-{partition.key}-{id(layer)}", pure=False): name
        for name, partition in left.items()
    }
    for future in as_completed(futures, loop=client.loop):
        try:
            report = future.result()
        except GridgeoError:
            client.cancel(list(futures))
            raise
        except (CancelledError, KilledWorker, KeyError, OSError, TimeoutError):
            continue  # lost with its worker, or with the layer: the next round does it
        del left[futures[future]]
        yield report
