"""Every operation is documented, its example parses, and each numbered constraint is tested."""

from __future__ import annotations

import re

import mlir_examples
import pytest
from tilework.tools import ods

DIALECTS = [ods.load(name) for name in ods.DIALECTS]
OPERATIONS = [operation for dialect in DIALECTS for operation in dialect.operations]
EXAMPLES = [(operation, text) for operation in OPERATIONS for text in operation.examples]


def identify(value) -> str:
    return getattr(value, "name", "")


def _negative_tests(dialect: str) -> str:
    folder = ods.checkout() / "test" / "Dialect" / dialect.capitalize()
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.mlir")))


@pytest.mark.parametrize("operation", OPERATIONS, ids=identify)
def test_has_summary_and_example(operation):
    assert operation.summary and not operation.summary.endswith(".")
    assert operation.examples, f"expects an mlir example in the description of {operation.name}"
    assert any(operation.name in example for example in operation.examples)


@pytest.mark.parametrize("operation", OPERATIONS, ids=identify)
def test_constraints_are_numbered_from_one(operation):
    labels = [constraint.label for constraint in operation.constraints]
    assert labels == [f"C{number}" for number in range(1, len(labels) + 1)]


@pytest.mark.parametrize("operation, example", EXAMPLES, ids=identify)
def test_example_parses(operation, example):
    assert not mlir_examples.parse(example).said


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
@pytest.mark.parametrize("operation, example", EXAMPLES, ids=identify)
def test_example_round_trips(operation, example, generic):
    first, again = mlir_examples.print_twice(mlir_examples.parse(example).text, generic)
    assert operation.name in first
    assert again == first


@pytest.mark.parametrize("operation", OPERATIONS, ids=identify)
def test_each_constraint_has_a_negative_case(operation):
    text = _negative_tests(operation.dialect)
    missing = [
        constraint.label
        for constraint in operation.constraints
        if not re.search(rf"'{re.escape(operation.name)}' op \({constraint.label}\)", text)
    ]
    assert not missing, f"expects a case that {operation.name} refuses under {missing}"


def test_a_wrong_example_is_refused():
    said = mlir_examples.parse("%r = tile.exp %x : tensor<4xi32>").said
    assert said and "must be tensor of" in said[0]
