"""How products are cut for the cube: pieces, traffic and cycles by the compiler's model."""

import subprocess

from rich.table import Table
from tilework import devices
from tilework.tools.bench.measure import console, newest_built

# m, k, n, bytes per element: products of the layers, as authors cut them and whole; large and odd.
SHAPES = (
    (16, 128, 128, 2), (16, 128, 256, 2), (16, 5120, 128, 2), (16, 5120, 1024, 2),
    (16, 5120, 17408, 2), (16, 17408, 5120, 2), (128, 128, 128, 2), (128, 128, 512, 2),
    (256, 5120, 1024, 2), (1024, 5120, 1024, 2), (4096, 4096, 4096, 2), (1000, 1000, 1000, 2),
    (17, 4099, 333, 2), (1, 8192, 8192, 2), (512, 64, 2048, 2), (256, 1024, 256, 1),
    (1024, 4096, 1024, 1), (64, 256, 256, 4), (512, 2048, 512, 4),
)  # fmt: skip
CAPACITIES = ("capacity.l1", "capacity.l0c", "capacity.ub")
STORES = (
    "fixpipe.start", "fixpipe.row_min", "fixpipe.row_divisor", "alignment.gm_best",
    "dma.unaligned_fraction",
)  # fmt: skip
CUBE = ("mmad.start", "latency.flag", "mmad.passes_32_bit")


def bench_cube() -> None:
    """What the compiler makes of products of many shapes, against what they need at least.

    *Moves*: bytes from l1 to l0a and l0b over those of the chunks; *loads*: bytes from global
    memory over those of the operands; *mmad*: cycles of the products over those of full fractals;
    *bound*: modelled cycles over the larger of the least loads' and the fractals'.
    """
    device = devices.load("a2a3")
    numbers = [
        *(device[name] for name in CAPACITIES), device.bandwidth("gm_to_l1"),
        device["latency.gm_read"], *(device[name] for name in STORES), device["capacity.l0a"],
        device["capacity.l0b"], device.bandwidth("l1_to_l0a"), device.bandwidth("l1_to_l0b"),
        *(device[name] for name in CUBE),
    ]  # fmt: skip
    program = newest_built("bin/cube-bench")
    lines = subprocess.run(
        [program, *map(str, numbers)], capture_output=True, text=True, check=True,
        input="\n".join(" ".join(map(str, shape)) for shape in SHAPES),
    ).stdout.splitlines()  # fmt: skip
    columns = ("piece m x n x k", "in l0", "loops", "l0 bytes", "moves", "loads", "mmad", "cycles",
               "bound")  # fmt: skip
    table = Table(title="products on the cube (modelled)")
    for column in ("m x k x n", "bytes", *columns):
        table.add_column(column, justify="right", no_wrap=True)
    for (m, k, n, size), line in zip(SHAPES, lines, strict=True):
        table.add_row(f"{m} x {k} x {n}", str(size), *line.split("\t"))
    console.print(table)
