"""What the READMEs show exists: verbs, commands, endpoints, files, exit codes, the city file."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import gridgeo as gg
from gridgeo.api.app import create_app
from gridgeo.city_file import check_tables, find_lines, parse
from gridgeo.city_schema import LAYOUTS, TABLES
from gridgeo.cli.exits import EXIT_CODES, INTERRUPTED, KEPT
from gridgeo.cli.main import COMMANDS, load
from gridgeo.store.base import init_store
from gridgeo.tables import ATOM, COMMUNITY, CROSSWALK, FINDING, GRID, OUTCOME, PROVENANCE, REASON

ROOT = Path(gg.__file__).parent.parent
READMES = ("README.md", "README.zh.md")


@pytest.fixture(params=READMES)
def readme(request) -> str:
    return (ROOT / request.param).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """Return the cells of the verb table."""
    table = re.search(r"\| Python \|.*?\n\n", text, re.DOTALL)
    assert table
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[0].splitlines()[2:] if line]


def test_first_screen_has_picture_commands_and_python(readme: str) -> None:
    first = "\n".join(readme.splitlines()[:25])
    for part in ("![", "./gridgeo.sh demo", "./gridgeo.sh test", "import gridgeo as gg", "result.certificate"):
        assert part in first


def test_python_uses_public_verbs_only(readme: str) -> None:
    code = [*blocks(readme, "python"), *re.findall(r"`(gg\.[^`]+)`", readme)]
    used = {
        node.attr
        for text in code
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gg"
    }
    verbs = {*gg.__all__, "render"}  # a part of the package that is called like a verb
    assert used <= verbs
    assert used == verbs  # and every public verb is shown


def test_every_command_is_registered(readme: str) -> None:
    shown = {re.match(r"`gridgeo (\w+)", row[2])[1] for row in rows(readme) if row[2]}
    assert shown == set(COMMANDS)


def test_every_option_shown_exists(readme: str) -> None:
    for row in rows(readme):
        if not row[2]:
            continue
        words = row[2].strip("`").split()[1:]
        named = load(words.pop(0))
        while hasattr(named, "commands"):
            default = getattr(named, "default", "")  # gridgeo history CODE is gridgeo history show CODE
            named = named.commands[words.pop(0) if words[0] in named.commands or not default else default]
        options = {option for parameter in named.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, row[2]


def test_every_endpoint_exists(readme: str, tmp_path: Path) -> None:
    shown = {path for row in rows(readme) for path in re.findall(r"`GET ([^`]+)`", row[3])}
    with init_store(str(tmp_path / "empty.gpkg")) as store:
        known = create_app(store).openapi()["paths"]
    assert shown - {"/"} <= set(known)  # the page is no part of the API's description
    assert shown - {"/"} >= {path for path in known if path in {"/grids", "/grids/{code}", "/locate", "/health"}}


def test_city_file_example_is_accepted(readme: str) -> None:
    (example,) = blocks(readme, "toml")
    values = parse(example)
    assert isinstance(values, dict)
    assert list(check_tables(values, find_lines(example))) == []


def test_exit_codes_are_the_real_ones(readme: str) -> None:
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)}
    assert shown == {0, KEPT, INTERRUPTED, *EXIT_CODES.values()}


def test_linked_files_exist(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_every_command_line_shown_can_be_parsed(readme: str) -> None:
    examples = "\n".join(blocks(readme, "bash"))
    lines = [shlex.split(line) for line in examples.splitlines() if line.startswith("gridgeo ")]
    assert len(lines) > 5
    for words in lines:
        command, rest = load(words[1]), words[2:]
        while hasattr(command, "commands"):
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context(words[1], rest)  # raises for an unknown option or a missing argument


def test_every_key_layout_and_column_is_explained(readme: str) -> None:
    keys = {key for table in TABLES.values() for key in table}
    columns = {
        name for table in (GRID, COMMUNITY, PROVENANCE, CROSSWALK, REASON, OUTCOME, ATOM, FINDING) for name in table
    } - {"geometry"}
    for word in sorted(keys | columns | set(LAYOUTS)):
        assert f"`{word}`" in readme, word
