"""The table of the language is complete: documented, callable by its name, tried by a test."""

import inspect
import re
from pathlib import Path

import pytest
import tilework.language as pl
from language_harness import only
from tilework.language.construct import CALL, REFUSED

T = pl.Tensor[[16, 64], pl.FP32]
SUPPORTED = [entry for entry in pl.registry() if entry.use != REFUSED]
REFUSALS = [entry for entry in pl.registry() if entry.use == REFUSED]
TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_language_*.py"))
FAMILIES = re.compile(r"(row|col)_(expand_)?(add|sub|mul|div|max|min|expdif|sum|prod|arg\w+)$")
SPELLINGS = {"tensor.dim", "array.create"}


def spelled(entry):
    value = pl
    for part in entry.name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("entry", SUPPORTED, ids=lambda entry: entry.name)
def test_every_construct_is_a_documented_function(entry):
    function = spelled(entry)
    assert function.construct is entry
    assert function.__doc__ == entry.doc
    assert len(entry.doc) > 10
    assert inspect.signature(function) == entry.signature


@pytest.mark.parametrize("entry", SUPPORTED, ids=lambda entry: entry.name)
def test_every_construct_is_tried(entry):
    if not FAMILIES.match(entry.name):  # those are spelled by getattr
        assert re.search(rf"pl\.(tensor\.|tile\.|array\.)?{re.escape(entry.name)}\b", TESTS)


@pytest.mark.parametrize("entry", REFUSALS, ids=lambda entry: entry.name)
def test_every_refusal_names_the_construct_and_a_reason(entry):
    construct = pl._refused.FUNCTIONS[entry.name]

    @pl.jit
    def program(x: T, out: pl.Out[T]):
        construct(x)
        return out

    diagnostic = only(program)
    assert f"but got pl.{entry.name}: {entry.doc}" in diagnostic.message


@pytest.mark.parametrize("name", ["spmd", "system.syncall", "tile.move", "tensor.gather"])
def test_refused_names_exist_where_authors_write_them(name):
    value = pl
    for part in name.split("."):
        value = getattr(value, part)
    assert value.construct.use == REFUSED


def test_unified_functions_have_both_spellings():
    for entry in SUPPORTED:
        if entry.use == CALL and "." not in entry.name:
            assert getattr(pl.tensor, entry.name, None) is spelled(entry)
            assert getattr(pl.tile, entry.name, None) is not None


def test_usage_is_what_an_author_writes():
    usages = {entry.name: entry.usage() for entry in SUPPORTED}
    assert usages["matmul_acc"] == (
        "pl.matmul_acc(acc, lhs, rhs, a_trans=False, b_trans=False, init_cond=None)"
    )
    assert usages["range"] == "pl.range(*bounds, init_values=None)"
    assert usages["fillpad"] == "pl.fillpad(value, pad_value=PadValue.zero)"
