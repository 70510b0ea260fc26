"""The import arrow: base <- core <- shell <- entry points; the core is pure; every error has an exit code.

::

    errors model tables datum* crs readings place_names city* steering variants uscc
                          <-  intake partition codes locate render sample
                          <-  draft  <-  settings <- workplace <- store <- jobs  <-  api <- cli

Parts of the core do not know each other, but for `draft`: a planned change is an operation on borders (partition) that
has a say in numbers (codes) and in who is responsible for places (locate).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gridgeo
from gridgeo import errors
from gridgeo.cli.exits import EXIT_CODES, exit_code

ROOT = Path(gridgeo.__file__).parent
BASE = {
    "errors", "model", "tables", "kernels", "datum", "datum_kernel", "crs", "readings", "place_names", "city",
    "city_file", "city_schema", "memory", "steering", "variants", "uscc",
}  # fmt: skip
CORE = {"intake", "partition", "codes", "draft", "locate", "render", "sample"}
BENEATH_DRAFT = {"partition", "codes", "locate"}
SHELL = ("settings", "workplace", "store", "jobs")
ENTRY = ("api", "cli")
IMPURE = {
    "alembic", "asyncio", "fastapi", "http", "httpx", "logging", "psycopg2", "requests", "socket", "sqlalchemy",
    "sqlite3", "structlog", "subprocess", "threading", "typer", "urllib", "uvicorn",
}  # fmt: skip
"""Sockets, databases, processes: none of the core's business."""
IMPURE_NAMES = {"environ", "getenv", "now", "today", "utcnow"}
"""The same by attribute, for modules that are harmless otherwise: os.environ, datetime.now, date.today."""
STOPWATCH = "perf_counter"
"""All that the core may take from ``time``: reports say how long a community took; results never depend on it."""


@dataclass(frozen=True)
class Import:
    """One import statement: who, where, what."""

    module: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line} imports {self.target}"


def part(module: str) -> str:
    """Return the part of gridgeo that a module belongs to: gridgeo.store.gpkg -> store."""
    return module.split(".")[1] if "." in module else ""


def rank(name: str) -> int:
    """Return the height of a part; an import may only go down."""
    if name in BASE:
        return 0
    if name in CORE:
        return 1
    order = SHELL + ENTRY
    assert name in order, f"gridgeo/{name} has no place in the import arrow; give it one in tests/test_layers.py"
    return 2 + order.index(name)


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def all_modules(root: Path) -> dict[str, Path]:
    return {module_name(path, root): path for path in sorted(root.rglob("*.py")) if "versions" not in path.parts}


def read_imports(module: str, path: Path, known: dict[str, Path]) -> Iterator[Import]:
    """Yield every import of a file, also those inside functions."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*up, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{source}.{alias.name}"
                yield Import(module, node.lineno, full if full in known else source)


def scan(root: Path) -> list[Import]:
    known = all_modules(root)
    return [found for module, path in known.items() for found in read_imports(module, path, known)]


def inner(imports: list[Import]) -> list[Import]:
    """Return the imports of one gridgeo module by another; the package's own front door may import anything."""
    return [i for i in imports if part(i.module) and i.target.split(".")[0] == "gridgeo"]


def arrow_faults(imports: list[Import]) -> list[str]:
    faults = []
    for found in inner(imports):
        here, there = part(found.module), part(found.target)
        siblings = here in CORE and there in CORE and not (here == "draft" and there in BENEATH_DRAFT)
        if there and here != there and (rank(there) > rank(here) or siblings):
            faults.append(f"{found}: {here} may not import {there}")
    return faults


def impure_faults(root: Path) -> list[str]:
    faults = [str(i) for i in scan(root) if part(i.module) in CORE and i.target.split(".")[0] in IMPURE]
    for module, path in all_modules(root).items():
        if part(module) in CORE:
            where = path.relative_to(root.parent)
            reads = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if reads_outside_world(n)]
            faults += [f"{where}:{node.lineno} reads {ast.unparse(node)}" for node in reads]
    return faults


def reads_outside_world(node: ast.AST) -> bool:
    """Tell whether an expression asks for the time of day or the environment."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time"
    if not isinstance(node, ast.Attribute):
        return False
    clock = isinstance(node.value, ast.Name) and node.value.id == "time" and node.attr != STOPWATCH
    return clock or node.attr in IMPURE_NAMES


def find_cycle(edges: dict[str, set[str]]) -> list[str]:
    """Return the modules of one import cycle, or nothing."""
    done: set[str] = set()

    def walk(module: str, trail: list[str]) -> list[str]:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in done:
            return []
        for target in sorted(edges.get(module, ())):
            if cycle := walk(target, [*trail, module]):
                return cycle
        done.add(module)
        return []

    return next((cycle for module in sorted(edges) if (cycle := walk(module, []))), [])


def edges_of(imports: list[Import]) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for found in inner(imports):
        if found.target != found.module:
            edges.setdefault(found.module, set()).add(found.target)
    return edges


def test_every_import_follows_the_arrow():
    assert arrow_faults(scan(ROOT)) == []


def test_the_core_knows_no_clock_no_socket_no_store_no_environment():
    assert impure_faults(ROOT) == []


def test_no_two_modules_import_each_other_in_a_circle():
    assert find_cycle(edges_of(scan(ROOT))) == []


@pytest.mark.parametrize(
    ("place", "source", "says"),
    [
        ("partition/a.py", "from gridgeo.store import base", "gridgeo/partition/a.py:1 imports gridgeo.store"),
        ("codes/a.py", "x = 1\nimport gridgeo.locate", "gridgeo/codes/a.py:2 imports gridgeo.locate"),
        ("errors.py", "def f():\n    from gridgeo import codes", "gridgeo/errors.py:2 imports gridgeo"),
        ("store/a.py", "from ..jobs import merge", "gridgeo/store/a.py:1 imports gridgeo.jobs"),
        ("api/a.py", "from gridgeo.cli.main import app", "gridgeo/api/a.py:1 imports gridgeo.cli.main"),
    ],
)
def test_an_import_against_the_arrow_is_named_with_file_and_line(tmp_path, place, source, says):
    make_package(tmp_path, {place: source, "cli/main.py": "", "codes/__init__.py": ""})
    faults = arrow_faults(scan(tmp_path / "gridgeo"))
    assert len(faults) == 1
    assert faults[0].startswith(says)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("\nimport socket", ":2 imports socket"),
        ("import time\nnow = time.time()", ":2 reads time.time"),
        ("from time import monotonic", ":1 reads from time import monotonic"),
        ("from datetime import date\nprint(date.today())", ":2 reads date.today"),
        ("import os\nprint(os.environ['HOME'])", ":2 reads os.environ"),
    ],
)
def test_a_clock_or_socket_in_the_core_is_named_with_file_and_line(tmp_path, source, says):
    make_package(tmp_path, {"partition/a.py": source, "jobs/a.py": source})
    assert impure_faults(tmp_path / "gridgeo") == [f"gridgeo/partition/a.py{says}"]


def test_a_stopwatch_that_only_fills_a_report_is_allowed(tmp_path):
    make_package(tmp_path, {"partition/a.py": "import time\nbegan = time.perf_counter()"})
    assert impure_faults(tmp_path / "gridgeo") == []


def test_a_circle_is_found_even_when_an_import_hides_in_a_function(tmp_path):
    hidden = "def f():\n    from gridgeo.store import a"
    make_package(tmp_path, {"store/a.py": "from gridgeo.store import b", "store/b.py": hidden})
    assert find_cycle(edges_of(scan(tmp_path / "gridgeo"))) == ["gridgeo.store.a", "gridgeo.store.b", "gridgeo.store.a"]


def make_package(folder: Path, files: dict[str, str]) -> None:
    for name, source in {"__init__.py": "", **files}.items():
        path = folder / "gridgeo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def all_errors() -> list[type[errors.GridgeoError]]:
    return [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_class_stands_in_the_table_of_exit_codes(kind):
    assert kind in EXIT_CODES
    assert exit_code(kind("missed", "why") if kind is errors.Refusal else kind("why")) == EXIT_CODES[kind]


def test_no_exit_code_means_success_and_none_hides_behind_the_shell():
    assert all(1 <= code < 64 for code in EXIT_CODES.values())


def test_every_error_class_is_exported():
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined == set(errors.__all__)
