"""Data flows one way: no room includes what comes later, and judges share no code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "tilework"

# Corridor order. A room may include itself and what stands before it.
ROOMS = (
    "dialects",
    "lib/Planning",
    "lib/Transforms",
    "lib/Conversion",
    "lib/Pipelines",
    "lib/Codegen",
    "lib/Bindings",
)
# These know nothing of MLIR, and of no room but themselves and those before them.
HOST_ROOMS = ("lib/Image", "lib/Recording", "lib/Runtime", "lib/Simulator")
# These plan for the compiler, without IR.
PLAIN_PLANNERS = (
    "lib/Planning/Lanes",
    "lib/Planning/PipeModel",
    "lib/Planning/Placement",
    "lib/Planning/VerifyPlacement",
)
# What the compiler and the runtime share.
AGREEMENT = ("lib/Image/ImageAbi.h", "lib/Image/StreamAbi.h")

INCLUDE = re.compile(r'^\s*#include [<"]([^>"]+)[>"]', re.MULTILINE)

# What each Python room may import of ours when it is loaded.
PYTHON_ROOMS = {
    "errors": set(),
    "devices": {"errors"},
    "recording": {"errors", "_recording"},
    "runtime": {"errors", "recording", "_runtime"},
    "simulator": {"errors", "devices", "recording", "_simulator"},
    "reference": {"errors", "ir", "dialects"},
    "language": {"errors", "frontend"},  # with the frontend, one room
    "frontend": {"errors", "language", "dialects", "devices"},
    "compiler": {"errors", "recording", "runtime", "_tilework", "dialects", "devices"},
    "report": {"errors", "compiler", "recording", "simulator", "devices"},
}


def includes(folder, suffixes=(".h", ".cpp", ".c", ".td")):
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix in suffixes:
            for included in INCLUDE.findall(path.read_text()):
                yield path.relative_to(ROOT), included


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_includes_a_later_one(room):
    later = (*ROOMS[ROOMS.index(room) + 1 :], *HOST_ROOMS)
    wrong = [
        (str(path), included)
        for path, included in includes(room)
        if included.startswith(tuple(f"{it}/" for it in later)) and included not in AGREEMENT
    ]
    assert not wrong


@pytest.mark.parametrize("room", HOST_ROOMS)
def test_the_host_rooms_know_nothing_of_mlir(room):
    later = HOST_ROOMS[HOST_ROOMS.index(room) + 1 :]
    foreign = ("mlir/", "mlir-c/", "llvm/", "llvm-c/", *(f"{it}/" for it in (*ROOMS, *later)))
    assert not [
        (str(p), included) for p, included in includes(room) if included.startswith(foreign)
    ]


def test_the_simulator_knows_of_the_runtime_only_what_it_records():
    own = {path.name for path in (ROOT / "lib" / "Simulator").glob("*.h")}
    project = {path.name for path in (ROOT / "lib").rglob("*.h")}
    recording = {"Capacity.h", "MemoryPlan.h", "Recording.h", "Regions.h", "Work.h"}
    foreign = project - own - recording - {"StreamAbi.h"}
    assert not [
        (str(path), included)
        for path, included in includes("lib/Simulator")
        if Path(included).name in foreign
    ]


@pytest.mark.parametrize("folder", PLAIN_PLANNERS)
def test_plain_planners_know_nothing_of_mlir(folder):
    foreign = ("mlir/", "mlir-c/", "llvm/", "llvm-c/", "dialects/")
    assert not [
        (str(p), included) for p, included in includes(folder) if included.startswith(foreign)
    ]


def test_the_judge_of_placements_knows_only_the_problem():
    ours = {
        included
        for _, included in includes("lib/Planning/VerifyPlacement")
        if included.endswith(".h")
    }
    assert ours == {"VerifyPlacement.h", "lib/Planning/Placement/Problem.h"}


def test_the_checker_of_placed_kernels_shares_no_code_with_what_it_judges():
    own = {path.name for path in (ROOT / "lib" / "Runtime" / "Check").glob("*.h")}
    agreements = {"StreamAbi.h", "KernelStream.h"}
    project = {path.name for path in (ROOT / "lib").rglob("*.h")}
    assert not [
        (str(path), included)
        for path, included in includes("lib/Runtime/Check")
        if Path(included).name in project - own - agreements
    ]
    judged = [
        *includes("lib/Runtime/Exact"),
        *includes("lib/Transforms"),
        *includes("lib/Planning"),
    ]
    assert not [(str(path), included) for path, included in judged if "Check/" in included]


def imported_rooms(path):
    """What a module imports of the package when it is loaded, without type checkers' imports."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    statements = [*ast.parse(path.read_text()).body]
    for node in statements:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("tilework."):
                yield name.removeprefix("tilework.")


@pytest.mark.parametrize("room, allowed", PYTHON_ROOMS.items(), ids=PYTHON_ROOMS)
def test_no_python_room_imports_a_later_one(room, allowed):
    paths = sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / f"{room}.py"]
    within = tuple(f"{it}." for it in (room, *allowed))
    wrong = {
        (path.name, name)
        for path in paths
        for name in imported_rooms(path)
        if not f"{name}.".startswith(within)
    }
    assert not wrong


def test_the_runtime_loads_without_mlir():
    import subprocess
    import sys

    code = "import sys, tilework.runtime; print('tilework_mlir' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
