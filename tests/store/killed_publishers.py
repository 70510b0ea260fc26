"""Publishers that are killed at every statement in turn: old or new, never between.

Arguments: store URL with an approved draft, its number. For statement 1, 2, 3 … a forked child publishes the draft and
kills itself there, before the statement and (for the last one) before the commit. After each the whole content of the
store is compared. Prints how many statements there are. Only statements that write count, unless
GRIDGEO_TEST_EVERY_STATEMENT is set.
"""

import os
import signal
import sys

from sqlalchemy import event

from gridgeo.jobs.drafts import Desk
from gridgeo.store import copying
from gridgeo.store.base import Store, open_store

EVERY = "GRIDGEO_TEST_EVERY_STATEMENT" in os.environ


def content(url: str) -> dict[str, tuple[int, str]]:
    with open_store(url) as store, store.backend.reading() as connection:
        return copying.contents(store.backend, connection)


def die_at(store: Store, statement: int) -> None:
    """Let the process kill itself before a statement; the commit counts as one, and so does the moment after it."""
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(_: object, __: object, sql: str, *___: object) -> None:
        if EVERY or not sql.lstrip().startswith("SELECT"):
            step()

    engine = store.backend.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", lambda _: step())


def child(url: str, number: int, statement: int) -> int:
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        with open_store(url) as store:
            die_at(store, statement)
            Desk(store).publish(number, by="wang")
    except BaseException as error:
        sys.stderr.write(repr(error))
        os._exit(1)
    os._exit(0)


def main(url: str, number: int) -> None:
    with open_store(url) as store:
        Desk(store).show(number)  # compiled code is loaded once, here, and not in every child
    before = content(url)
    statement = 1
    while True:
        status = child(url, number, statement)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status):
                sys.exit("the publisher failed")
            break
        if content(url) != before:
            sys.exit(f"killed at statement {statement}, the store is neither old nor new")
        statement += 1
    after = content(url)
    if after["version"][0] != before["version"][0] + 1:
        sys.exit("the draft was not published at last")
    sys.stdout.write(str(statement - 1))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
