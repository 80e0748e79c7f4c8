"""What a tile matmul, a task and a decode step cost on this host."""

import tilework
import tilework.language as pl
import torch
from rich.table import Table
from tilework.language.jit import JitFunction
from tilework.tools.bench.measure import REPEATS, console, layer_of, least


def matmul_program(m: int, k: int, n: int, repeats: int) -> JitFunction:
    """`repeats` products of one resident tile pair, in one task."""

    @pl.jit
    def product(
        a: pl.Tensor[[m, k], pl.BF16],
        b: pl.Tensor[[k, n], pl.BF16],
        out: pl.Out[pl.Tensor[[m, n], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="product"):
            acc = pl.full([m, n], dtype=pl.FP32, value=0.0)
            for _ in pl.range(0, repeats):
                acc = pl.matmul_acc(acc, a, b)
            out[:, :] = acc
        return out

    return product


def rates(m: int, k: int, n: int) -> list[float]:
    """GFLOP/s of one core: ours, and torch's in bf16 and float32."""
    repeats = 200
    program = matmul_program(m, k, n, repeats)
    a, b, out = torch.randn(m, k).bfloat16(), torch.randn(k, n).bfloat16(), torch.empty(m, n)

    def in_torch(dtype: torch.dtype) -> float:
        left, right = a.to(dtype), b.to(dtype)
        return least(lambda: [left @ right for _ in range(repeats)])

    with tilework.options(threads=1):
        ours = least(lambda: program(a, b, out), lambda: program.last_run.wall_seconds)
    times = (ours, in_torch(torch.bfloat16), in_torch(torch.float32))
    return [2 * m * k * n * repeats / seconds / 1e9 for seconds in times]


def bench_matmul() -> None:
    """GFLOP/s of one core on bf16 tiles with float32 accumulation."""
    table = Table("M x K x N", "GFLOP/s", "torch bf16", "torch f32", title="tile matmul, one core")
    torch.set_num_threads(1)
    for shape in ((16, 128, 128), (16, 128, 256), (8, 128, 128), (5, 128, 128), (128, 128, 128)):
        table.add_row(" x ".join(map(str, shape)), *(f"{rate:.0f}" for rate in rates(*shape)))
    console.print(table)


def bench_tasks() -> None:
    """What submitting, checking and running an empty-handed task costs."""
    count = 20_000

    @pl.jit
    def many(x: pl.Tensor[[count, 16], pl.FP32], out: pl.Out[pl.Tensor[[count, 16], pl.FP32]]):
        for i in pl.parallel(0, count, 1):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="row"):
                out[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
        return out

    x, out = torch.zeros(count, 16), torch.empty(count, 16)
    table = Table("threads", "us per task", title=f"{count} disjoint tasks")
    for threads in (1, 2):
        with tilework.options(threads=threads):
            seconds = least(lambda: many(x, out), lambda: many.last_run.wall_seconds)
        table.add_row(str(threads), f"{seconds / count * 1e6:.2f}")
    console.print(table)


def bench_layer() -> None:
    """One decode step of the full-size layers, by thread count."""
    table = Table("layer", "threads", "wall s", "CPU s", "tasks", title="decode step, batch 16")
    for name in ("14b", "32b"):
        layer, operands = layer_of(name)
        for threads in (1, 2):
            with tilework.options(threads=threads):
                layer(*operands)
                runs = []
                for _ in range(REPEATS):
                    layer(*operands)
                    runs.append(layer.last_run)
            best = min(runs, key=lambda run: run.wall_seconds)
            table.add_row(
                name,
                str(threads),
                f"{best.wall_seconds:.3f}",
                f"{best.cpu_seconds:.3f}",
                str(best.tasks),
            )
    console.print(table)
