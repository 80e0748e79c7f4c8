"""From a function and what its arguments decide, to a module in the form `traced`."""

from __future__ import annotations

import ast
import functools
import warnings
from dataclasses import dataclass

from tilework_mlir import ir

from tilework.errors import CompilerError
from tilework.frontend.arguments import ConstantKey, ScalarKey, Specialisation, TensorKey
from tilework.frontend.bounds import Atom
from tilework.frontend.diagnostics import Refusal
from tilework.frontend.emitter import Emitter, Frame
from tilework.frontend.statements import execute
from tilework.frontend.tensors import dim_of
from tilework.frontend.values import Extent, Root, ScalarValue, TensorValue
from tilework.language.annotations import DirectedSpec
from tilework.language.dtypes import INDEX, DType
from tilework.language.jit import JitFunction

DIRECTIONS = {"in": 1, "out": 2, "inout": 3}


@dataclass(frozen=True)
class Param:
    """A run-time parameter: direction in, out or inout; `shape` is None for scalars, and holds
    None for extents known at run time only."""

    name: str
    direction: str
    dtype: DType
    shape: tuple[int | None, ...] | None

    @property
    def is_scalar(self) -> bool:
        """True for scalars."""
        return self.shape is None


@dataclass
class Traced:
    """A program in the form `traced`. `returned` are positions in `params` of what it returns;
    `returns_tuple` says whether the function's own return value is a tuple."""

    module: ir.Module
    entry: str
    params: list[Param]
    returned: list[int]
    returns_tuple: bool = False


def trace(
    function: JitFunction,
    specialisation: Specialisation,
    context: ir.Context | None = None,
    target: str = "",
) -> Traced:
    """Traces a program. `target` is the attribute that names the device and the digest of its
    description; without it, that of the default device.

    Raises LanguageError with every error of the program, CompilerError when what was emitted
    does not verify.
    """
    context = context or _context()
    with context:
        return _Tracer(function, specialisation, context).run(target or _device())


@functools.cache
def _device() -> str:
    from tilework.devices import DEFAULT, load

    return load(DEFAULT).target()


def _context() -> ir.Context:
    from tilework.compiler.context import make_context

    context: ir.Context = make_context()
    return context


class _Tracer:
    def __init__(self, function: JitFunction, key: Specialisation, context: ir.Context):
        self.function = function
        self.key = key
        frame = Frame(function.source, function.surroundings, function.liveness, function=function)
        self.e = Emitter(context, frame)
        self.inputs: dict[str, TensorValue] = {}
        self.params = [
            Param(name, self._direction(name, part), part.dtype, _shape(part))
            for name, part in key.parameters
            if not isinstance(part, ConstantKey)
        ]

    def run(self, target: str) -> Traced:
        e = self.e
        location = e.locate(self.function.source.tree)
        module = ir.Module.create(location)
        e.builder.block = module.body
        module.operation.attributes["tile.target"] = ir.Attribute.parse(target)
        types = [self._type(param) for param in self.params]
        locations = [self._location(param.name) for param in self.params]
        with e.builder.detached_block(types, locations) as block, e.builder.constants_at(block):
            self._bind_parameters(block)
            execute(e, self.function.source.tree.body)
            returned = self._returned()
            e.diagnostics.raise_if_any(self.function.__name__)
            self._warn_of_lost_writes()
            e.locate(e.frame.return_node or self.function.source.tree.body[-1])
            finals = [e.frame.variables[p.name].value for p in self.params if p.direction != "in"]
            e.builder.op("task.return", finals)
        self._entry(block, types, [value.type for value in finals])
        self._verify(module)
        as_tuple = isinstance(e.frame.returned, tuple)
        return Traced(module, self.function.__name__, self.params, returned, as_tuple)

    def _direction(self, name: str, key: TensorKey | ScalarKey) -> str:
        spec = self.function.annotations[name]
        if isinstance(spec, DirectedSpec):
            return spec.direction
        written = isinstance(key, TensorKey) and name in self.function.inferred_outputs
        return "inout" if written else "in"

    def _warn_of_lost_writes(self) -> None:
        """Writes into an input are seen inside the program only."""
        variables = self.e.frame.variables
        for name, before in self.inputs.items():
            after = variables.get(name)
            if not isinstance(after, TensorValue) or after.root is not before.root:
                continue
            if after is not before:
                source = self.function.source
                message = f"'{name}' of {self.function.__name__} is written, but is an input: "
                message += "the caller's array stays as it is; annotate it pl.InOut[...]"
                warnings.warn_explicit(message, UserWarning, source.file, source.tree.lineno)

    def _type(self, param: Param) -> ir.Type:
        if param.shape is None:
            return self.e.builder.type_of(param.dtype)
        return self.e.builder.tensor_type(param.shape, param.dtype)

    def _location(self, name: str) -> ir.Location:
        e = self.e
        arguments = self.function.source.tree.args.args
        node = next(argument for argument in arguments if argument.arg == name)
        return ir.Location.name(name, e.locate(node))

    def _bind_parameters(self, block: ir.Block) -> None:
        e = self.e
        variables = e.frame.variables
        extents: dict[str, ScalarValue] = {}
        values = iter(block.arguments)
        for name, part in self.key.parameters:
            if isinstance(part, ConstantKey):
                variables[name] = part.value
            elif isinstance(part, ScalarKey):
                variables[name] = e.unknown(next(values), part.dtype)
            else:
                variables[name] = self._tensor(next(values), part, extents)
        for param in self.params:
            value = variables[param.name]
            if param.direction != "in":
                e.frame.outputs[param.name] = value.root
            elif isinstance(value, TensorValue):
                self.inputs[param.name] = value

    def _tensor(
        self, value: ir.Value, key: TensorKey, extents: dict[str, ScalarValue]
    ) -> TensorValue:
        shape: list[Extent] = []
        blank = TensorValue(value, key.dtype, ())
        for dim, extent in enumerate(key.shape):
            if isinstance(extent, str):
                if extent not in extents:
                    made = dim_of(self.e, value, dim, blank)
                    extents[extent] = self.e.unknown(made.value, INDEX, Atom(1, None))
                shape.append(extents[extent])
            else:
                shape.append(extent)
        return TensorValue(value, key.dtype, tuple(shape), root=Root(tuple(shape)))

    def _returned(self) -> list[int]:
        """Positions of the returned parameters; refuses any other value."""
        e = self.e
        node = e.frame.return_node
        if node is None or e.frame.returned is None:
            return []
        items = e.frame.returned if isinstance(e.frame.returned, tuple) else (e.frame.returned,)
        positions = {e.frame.outputs.get(p.name): i for i, p in enumerate(self.params)}
        found = []
        for item in items:
            root = item.root if isinstance(item, TensorValue) else None
            if root is not None and root in positions:
                found.append(positions[root])
            else:
                self._refuse_return(node)
        return found

    def _refuse_return(self, node: ast.Return) -> None:
        e = self.e
        value = node.value
        name = value.id if isinstance(value, ast.Name) else "result"
        hint = f"write {name}: pl.Out[pl.Tensor[[...], dtype]] as a parameter, and return it"
        try:
            e.fail(
                "expects a program to return its Out and InOut parameters, but got "
                f"'{ast.unparse(value) if value else None}'",
                hint,
                at=value,
            )
        except Refusal as refusal:
            e.diagnostics.add(refusal.diagnostic)

    def _entry(self, block: ir.Block, types: list[ir.Type], results: list[ir.Type]) -> None:
        e = self.e
        e.locate(self.function.source.tree)
        signature = ir.FunctionType.get(types, results)
        directions = [DIRECTIONS[param.direction] for param in self.params]
        attributes = {
            "sym_name": e.builder.string(self.function.__name__),
            "function_type": ir.TypeAttr.get(signature),
            "directions": e.builder.i32_array(directions),
        }
        e.builder.op("task.entry", [], [], attributes, [block])

    def _verify(self, module: ir.Module) -> None:
        drop_unused(module.body)
        try:
            module.operation.verify()
        except ir.MLIRError as error:
            raise CompilerError(
                f"tracing '{self.function.__name__}' gave IR that does not verify; this is a "
                f"mistake of the compiler's: {error}\nreproducer for tile-opt:\n"
                f"{module.operation.get_asm(print_generic_op_form=True)}"
            ) from None


def drop_unused(block: ir.Block) -> None:
    """Erases scalar arithmetic that nothing reads, such as the end of a slice of static size."""
    for view in reversed(list(block.operations)):
        operation = view.operation
        for region in operation.regions:
            for inner in region.blocks:
                drop_unused(inner)
        idle = operation.name.startswith(("arith.", "affine.", "tensor.dim"))
        if idle and not any(list(result.uses) for result in operation.results):
            operation.erase()


def _shape(key: TensorKey | ScalarKey | ConstantKey) -> tuple[int | None, ...] | None:
    if not isinstance(key, TensorKey):
        return None
    return tuple(extent if isinstance(extent, int) else None for extent in key.shape)
