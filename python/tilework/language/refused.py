"""What programs of this family may contain and this compiler refuses, each with its reason."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tilework.language.construct import REFUSED, REGISTRY, Construct, outside_function

NOT_YET = "it is not supported"
BY_COMPILER = "the compiler places, moves and synchronises by itself; leave it out"
DISTRIBUTED = "distributed programs are not part of Tilework"

REASONS: dict[str, str] = {
    "spmd": f"{NOT_YET}; write 'for i in pl.parallel(n)' around a scope",
    "cluster": f"{NOT_YET}; write 'with pl.at(level=pl.Level.CORE_GROUP)'",
    "split_aiv": f"{NOT_YET}; write optimizations=[pl.split(mode)]",
    "aiv_shard": f"{NOT_YET}; write optimizations=[pl.split(mode)]",
    "aic_gather": f"{NOT_YET}; write optimizations=[pl.split(mode)]",
    "submit": f"{NOT_YET}; write 'with pl.at(...) as tid:'",
    "spmd_submit": f"{NOT_YET}; write 'with pl.at(...) as tid:' in a loop",
    "func_attr": f"{NOT_YET}; leave it out",
    "cross_core_slot": BY_COMPILER,
    "no_dep": "write no_dep_args=[...] of pl.at",
    "dump_tag": "debug dumps are not supported; make the tensor an output",
    "bind_dynamic": f"{NOT_YET}; write pl.dynamic in the annotation",
    "get_block_idx": f"{NOT_YET}; use the counter of pl.parallel",
    "get_block_num": f"{NOT_YET}; use the bound of pl.parallel",
    "get_subblock_idx": BY_COMPILER,
    "move": BY_COMPILER,
    "extract": BY_COMPILER,
    "alloc": BY_COMPILER,
    "create_l1": BY_COMPILER,
    "random": NOT_YET,
    "tri": f"{NOT_YET}; compare pl.arange with a scalar",
    "fillpad_expand": f"{NOT_YET}; write pl.slice(valid_shape=) and pl.fillpad",
    "reinterpret_view": NOT_YET,
    "view": f"{NOT_YET}; write pl.slice",
    "transpose_view": f"{NOT_YET}; write pl.transpose, or b_trans=True of pl.matmul",
    "batch_matmul": f"{NOT_YET}; write a loop over pl.matmul",
    "matmul_bias": f"{NOT_YET}; add the bias with pl.col_expand_add",
    "matmul_mx": "this device has no scaled formats",
    "matmul_mx_acc": "this device has no scaled formats",
    "gemv": f"{NOT_YET}; write pl.matmul with one row",
    "gemv_acc": f"{NOT_YET}; write pl.matmul_acc with one row",
    "part_add": f"{NOT_YET}; write pl.add on equal valid extents",
    "part_mul": f"{NOT_YET}; write pl.mul on equal valid extents",
    "part_max": f"{NOT_YET}; write pl.maximum on equal valid extents",
    "part_min": f"{NOT_YET}; write pl.minimum on equal valid extents",
    "rem": f"{NOT_YET}; write pl.fmod",
    "rems": f"{NOT_YET}; write pl.fmods",
    "addc": f"{NOT_YET}; write pl.add twice",
    "subc": f"{NOT_YET}; write pl.sub twice",
    "lrelu": f"{NOT_YET}; write pl.sel",
    "prelu": f"{NOT_YET}; write pl.sel",
    "gather": NOT_YET,
    "gather_row": f"{NOT_YET}; read the row number and slice",
    "paged_gather": f"{NOT_YET}; read the page number and slice in a loop",
    "scatter": NOT_YET,
    "scatter_update": f"{NOT_YET}; read the row number and store in a loop",
    "sort32": NOT_YET,
    "mrgsort": NOT_YET,
    "system.syncall": BY_COMPILER,
    "system.sync_set": BY_COMPILER,
    "system.sync_wait": BY_COMPILER,
    "system.available_cluster_count": NOT_YET,
    "prefetch.async_prefetch": NOT_YET,
    "parse": "programs are Python functions",
    "loads": "programs are Python functions",
    "pld": DISTRIBUTED,
}


def _refused(name: str, reason: str) -> Callable[..., Any]:
    def emit(*_: Any, **__: Any) -> None:
        raise AssertionError("refused where it is called")

    signature = inspect.signature(lambda *arguments, **keywords: None)
    entry = Construct(name, "refused", REFUSED, signature, {}, reason, emit)
    REGISTRY[name] = entry
    return outside_function(entry)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _refused(name, reason) for name, reason in REASONS.items()
}
