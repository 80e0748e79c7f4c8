"""Moving scalar operations out of a region, in front of it."""

from __future__ import annotations

from tilework_mlir import ir

HOISTABLE_DIALECTS = ("arith.", "affine.")
HOISTABLE = ("tensor.dim", "tensor.extract", "builtin.unrealized_conversion_cast")


def hoist(value: ir.Value, region: ir.Operation, block: ir.Block) -> bool:
    """Moves what computes `value` in `block` before `region`; false if it needs tile data.

    Checks that guard the reads move with them.
    """
    chain: dict[int, ir.Operation] = {}
    if not _collect(value, block, chain):
        return False
    reads = any(operation.name == "tensor.extract" for operation in chain.values())
    for position, operation in enumerate(list(block.operations)):
        current = operation.operation
        guard = reads and current.name == "tile.check"
        if guard and all(_collect(operand, block, {}) for operand in current.operands):
            for operand in current.operands:
                _collect(operand, block, chain)
            chain[position] = current
    for position in sorted(chain):
        chain[position].move_before(region)
    return True


def _collect(value: ir.Value, block: ir.Block, chain: dict[int, ir.Operation]) -> bool:
    owner = value.owner
    if isinstance(owner, ir.Block):
        return bool(owner != block)
    operation = owner.operation if isinstance(owner, ir.OpView) else owner
    if operation.block != block:
        return True
    scalar = operation.name.startswith(HOISTABLE_DIALECTS) or operation.name in HOISTABLE
    if not scalar:
        return False
    for position, candidate in enumerate(block.operations):
        if candidate.operation == operation:
            chain[position] = operation
    return all(_collect(operand, block, chain) for operand in operation.operands)
