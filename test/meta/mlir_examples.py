"""Makes fragments of IR parse on their own: values they use without defining become arguments.

A fragment says which values it uses but not always their types. The parser does know: declared with
a wrong type, a value is refused with the type that was expected. So every free value is first
declared as `none`, and each refusal corrects one declaration.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass

import tilework.dialects  # noqa: F401  (registers the dialects with every context)
from tilework_mlir import ir

TOP_LEVEL = ("task.entry", "task.kernel", "task.accesses", "core.group")

PRELUDE = """
task.kernel @linear core_group split(automatic)
    (in %x: memref<16x128xf32>, out %y: memref<16x128xf32>) {
  task.return
}
"""

_VALUE = re.compile(r"%[A-Za-z_$.][\w$.-]*|%\d+")
_MISMATCH = re.compile(
    r"use of value '(%[\w$.-]+)' expects different type than prior uses: '(.+)' vs '"
)


@dataclass(frozen=True)
class Parsed:
    """A module around an example, and what the parser and the verifier say against it."""

    text: str
    said: tuple[str, ...]


def _free_values(fragment: str) -> list[str]:
    """Values used but never defined, in order of their first use."""
    defined = set()
    for line in fragment.split("\n"):
        left, equals, _ = line.partition("=")
        if equals and re.fullmatch(r"\s*%[\w$.:, %-]+", left):
            defined.update(_VALUE.findall(left))
        for bound in re.findall(r"(%\w+)\s*=\s*%", line):
            defined.add(bound)
    return [name for name in dict.fromkeys(_VALUE.findall(fragment)) if name not in defined]


@contextmanager
def _listening(said: list[str]):
    with ir.Context():
        try:
            yield
        except ir.MLIRError as error:
            said.append(str(error))


def _parse_module(text: str) -> Parsed:
    said: list[str] = []
    with _listening(said):
        ir.Module.parse(text).operation.verify()
    return Parsed(text, tuple(said))


def parse(example: str) -> Parsed:
    """Parses and verifies an example."""
    uses_linear = "@linear" in example and "task.kernel @linear" not in example
    prelude = PRELUDE if uses_linear else ""
    if example.startswith(TOP_LEVEL):
        return _parse_module(prelude + example)
    types = dict.fromkeys(_free_values(example), "none")
    while True:
        arguments = ", ".join(f"{name}: {kind}" for name, kind in types.items())
        parsed = _parse_module(
            f"{prelude}\nfunc.func @example({arguments}) {{\n{example}\nreturn\n}}"
        )
        mismatch = next(filter(None, map(_MISMATCH.search, parsed.said)), None)
        if not mismatch or types.get(mismatch[1]) != "none":
            return parsed
        types[mismatch[1]] = mismatch[2]


def print_twice(text: str, generic: bool) -> tuple[str, str]:
    """A module as it prints, and as it prints after being parsed back from that."""
    said: list[str] = []
    with _listening(said):
        module = ir.Module.parse(text)
        first = module.operation.get_asm(print_generic_op_form=generic)
        again = ir.Module.parse(first)
        return str(module), str(again)
    raise AssertionError(f"expects a module that parses back, but got {said}")
