"""Executes a module at its form and at every later one, and says where the numbers change.

    python -m tilework.tools.ladder program.mlir --arrays inputs.npz --edited graph=edited.mlir

The form is found by the conditions it meets. Arguments are taken from the archive by name or by
position ("0", "1", …); those it does not hold are random floats and zero integers.
"""

from pathlib import Path
from typing import Any

import click
import numpy as np
from tilework.compiler.context import make_context
from tilework.compiler.ladder import climb, find_entry, find_form, parse
from tilework.errors import ArgumentError, TileworkError
from tilework.reference import argument_shapes
from tilework_mlir import ir


def arguments_of(entry: ir.Operation, arrays: dict[str, np.ndarray], seed: int) -> list[Any]:
    """One array or scalar per argument of a program."""
    random = np.random.default_rng(seed)
    found: list[Any] = []
    for position, (name, shape, dtype) in enumerate(argument_shapes(entry)):
        given = arrays.get(name, arrays.get(str(position)))
        if given is not None:
            found.append(given if shape is not None else given[()])
        elif shape is not None and None in shape:
            raise ArgumentError(f"expects an array for '{name}', whose extents vary")
        elif np.issubdtype(dtype, np.integer) or dtype == np.bool_:
            found.append(np.zeros(shape or (), dtype) if shape is not None else dtype.type(0))
        else:
            numbers = random.uniform(-1, 1, shape or ())
            found.append(np.asarray(numbers).astype(dtype) if shape is not None else numbers)
    return found


def edited_form(_: Any, __: Any, values: tuple[str, ...]) -> dict[str, Path]:
    """`form=file` options as a mapping."""
    pairs = [value.partition("=") for value in values]
    if wrong := [form for form, _, path in pairs if not path or not Path(path).exists()]:
        raise click.BadParameter(f"expects form=file with a file that exists, but got {wrong[0]}")
    return {form: Path(path) for form, _, path in pairs}


@click.command(help=__doc__.splitlines()[0])
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entry", help="the program, where the module has several")
@click.option("--arrays", type=click.Path(exists=True), help="an .npz archive of arguments")
@click.option("--edited", multiple=True, callback=edited_form, metavar="FORM=FILE",
              help="go on with this file at that form")  # fmt: skip
@click.option("--seed", default=0, help="of random arguments and of the device's interleaving")
def main(
    file: Path, entry: str | None, arrays: str | None, edited: dict[str, Path], seed: int
) -> None:
    context = make_context()
    try:
        module = parse(file.read_text(), context)
        others = {form: parse(path.read_text(), context) for form, path in edited.items()}
        program = find_entry(module, entry)
        given = dict(np.load(arrays, allow_pickle=False)) if arrays else {}
        name = ir.StringAttr(program.attributes["sym_name"]).value
        arguments = arguments_of(program, given, seed)
        found = climb(module, name, arguments, start=find_form(module), edited=others, seed=seed)
    except TileworkError as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(found))
    if found.first_difference or any(rung.error for rung in found.rungs):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
