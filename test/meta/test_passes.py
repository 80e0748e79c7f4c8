"""Every pass and every named pipeline has a lit test named after it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASS = re.compile(r'def \w+\s*:\s*Pass<"([a-z-]+)"')
PIPELINE = re.compile(r'PassPipelineRegistration<\w*>\(\s*"([a-z-]+)"')
VERBS = (
    "fuse split hoist sink pipeline schedule place pack materialize elide infer verify dump "
    "convert outline bufferize form lower insert resolve find release"
).split()


def found(pattern, glob):
    return sorted(name for path in ROOT.glob(glob) for name in pattern.findall(path.read_text()))


PASSES = found(PASS, "lib/**/Passes.td")
PIPELINES = found(PIPELINE, "lib/**/*.cpp")


def test_there_are_passes_and_pipelines():
    assert len(PASSES) > 10
    assert len(PIPELINES) > 3


@pytest.mark.parametrize("name", PASSES + PIPELINES)
def test_has_a_lit_test(name):
    tests = [path for path in (ROOT / "test").rglob("*.mlir") if path.stem == name]
    assert tests, f"no test named {name}.mlir"
    runs = [line for path in tests for line in path.read_text().splitlines() if "RUN:" in line]
    assert any(re.search(rf"\b{name}\b", line) for line in runs)


@pytest.mark.parametrize("name", PASSES)
def test_is_named_dialect_verb_object(name):
    dialect, verb, *rest = name.split("-")
    assert dialect in ("tile", "task", "core", "linalg", "math")
    assert verb in VERBS
    assert rest
