"""Every operation of the forms on values has a meaning, and the judge stands apart."""

import ast
import re
from pathlib import Path

from reference_harness import execute  # noqa: F401 (registers the dialects)
from tilework.dialects import task, tile
from tilework.reference import MEANINGS

ROOT = Path(__file__).resolve().parents[2]

# reserved: nothing emits them yet
RESERVED = {"block_index", "atomic_update"}
# run by what names them
CONTAINERS = {"entry", "kernel", "accesses"}


def operations_of(module):
    names = {getattr(value, "OPERATION_NAME", None) for value in vars(module).values()}
    prefix = module.__name__.rsplit(".", 1)[1] + "."
    return {name.removeprefix(prefix) for name in names if name and name.startswith(prefix)}


def test_every_tile_operation_has_a_meaning():
    names = operations_of(tile)
    assert {"matmul", "reduce", "yield"} <= names
    assert {name for name in names if f"tile.{name}" not in MEANINGS} == set()


def test_every_task_operation_has_a_meaning():
    names = operations_of(task)
    assert RESERVED <= names
    unknown = {name for name in names if f"task.{name}" not in MEANINGS}
    assert unknown == RESERVED | CONTAINERS


def test_no_meaning_is_left_of_an_operation_that_is_gone():
    known = {"tile": operations_of(tile), "task": operations_of(task)}
    for name in MEANINGS:
        dialect, operation = name.split(".")
        assert dialect not in known or operation in known[dialect], name


def test_the_judge_imports_nothing_that_it_judges():
    for path in (ROOT / "python/tilework/reference").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in modules:
                assert re.match(
                    r"tilework\.(reference|ir|errors)(\.|$)", name
                ) or not name.startswith("tilework"), (path.name, name)


def test_the_steps_of_transcendentals_use_the_published_constants():
    note = (ROOT / "docs/rationale/0003-transcendentals.md").read_text()
    code = (ROOT / "python/tilework/reference/transcendentals.py").read_text()
    hexadecimal = re.compile(r"-?0x1\.[0-9a-f]+p[+-]?\d+")

    def coefficients(text):
        return {abs(float.fromhex(found)) for found in hexadecimal.findall(text)}

    assert coefficients(code) == coefficients(note)
