"""Tensors that a program makes live as long as they are used: memory of a few for those of many
iterations, and nobody sees it being used again."""

import random
import re

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers
from source_module import load_source
from tilework.compiler.context import make_context
from tilework.compiler.images import link_image
from tilework.compiler.lowering import lower
from tilework.runtime import load_image
from tilework_mlir import ir, passmanager

SIDE = 1024
MEGABYTE = 1 << 20


@pl.jit
def passing(
    x: pl.Tensor[[SIDE, SIDE], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.InOut[pl.Tensor[[SIDE, SIDE], pl.FP32]],
):
    for _i in pl.range(n):
        passed = pl.create_tensor([SIDE, SIDE], dtype=pl.FP32)
        for r in pl.parallel(0, SIDE, 64):
            with pl.incore():
                passed[r : r + 64, :] = pl.add(x[r : r + 64, :], out[r : r + 64, :])
        for c in pl.parallel(0, SIDE, 64):
            with pl.incore():
                out[:, c : c + 64] = pl.mul(passed[:, c : c + 64], 0.5)
    return out


@pytest.mark.parametrize("threads, order_seed", [(1, None), (2, None), (1, 3), (2, 4)])
@pytest.mark.parametrize("known", [True, False])
def test_a_loop_takes_the_memory_of_a_few_iterations(threads, order_seed, known):
    x, out = numbers(pl.FP32, SIDE, SIDE), np.zeros((SIDE, SIDE), np.float32)
    expected = out.copy()
    with tilework.options(threads=threads, order_seed=order_seed, static_dependences=known):
        passing(x, 40, out)
    for _ in range(40):
        expected = (x + expected) * np.float32(0.5)
    np.testing.assert_array_equal(out, expected)
    run = passing.last_run
    assert run.allocated_bytes == 40 * 4 * MEGABYTE
    assert run.peak_bytes <= 6 * 4 * MEGABYTE


@pl.jit
def steps(
    x: pl.Tensor[[16, 64], pl.FP32],
    which: pl.Tensor[[8], pl.INT32],
    out: pl.InOut[pl.Tensor[[16, 64], pl.FP32]],
):
    total = pl.create_tensor([16, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP):
        total[:, :] = pl.add(x[:, :], 1.0)
    for i in pl.range(8):
        wide = pl.create_tensor([32, 64], dtype=pl.FP32)
        with pl.at(level=pl.Level.CORE_GROUP):
            wide[0:16, :] = pl.add(x[:, :], total[:, :])
        with pl.at(level=pl.Level.CORE_GROUP):
            wide[16:32, :] = pl.mul(total[:, :], 0.5)
        if pl.tensor.read(which, [i]) > 0:
            chosen = pl.create_tensor([16, 64], dtype=pl.FP32)
            with pl.at(level=pl.Level.CORE_GROUP):
                chosen[:, :] = pl.mul(wide[0:16, :], wide[16:32, :])
            with pl.at(level=pl.Level.CORE_GROUP):
                total[:, :] = pl.add(chosen[:, :], 0.25)
        else:
            with pl.at(level=pl.Level.CORE_GROUP):
                total[:, :] = pl.add(wide[8:24, :], 0.25)
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.mul(total[:, :], 0.125)
    return out


def stepped(which=(1, 0, 0, 1, 1, 0, 1, 0), **options):
    x, out = numbers(pl.FP32, 16, 64), filled(pl.FP32, 16, 64)
    with tilework.options(**options):
        steps(x, np.array(which, np.int32), out)
    return out, steps.last_run


@pytest.mark.parametrize("exact", range(6))
def test_instructions_carried_out_give_the_same_bits(exact):
    plain, _ = stepped(verify=True)
    modelled, _ = stepped(exact=exact, check=True, threads=1 + exact % 2, order_seed=exact)
    np.testing.assert_array_equal(plain, modelled)


@pytest.mark.parametrize(
    "options",
    [{"threads": 1}, {"threads": 2, "order_seed": 3}, {"exact": 2}, {"check_races": True}],
)
def test_recordings_do_not_depend_on_what_memory_is_used_again(options):
    _, expected = stepped(record=True)
    _, run = stepped(**{"record": True, **options})
    assert run.recording == expected.recording
    # Each tensor is a memory of its own.
    made = [it.size_bytes for it in run.recording.memories if it.tasks_before is not None]
    assert sorted(made) == 5 * [4096] + 8 * [8192]


def test_a_run_without_data_records_the_same():
    torch = pytest.importorskip("torch")
    x, out = torch.zeros(16, 64), torch.zeros(16, 64)
    which = torch.tensor([1, 0, 0, 1, 1, 0, 1, 0], dtype=torch.int32)
    _, run = stepped(record=True)
    steps(x.to("meta"), which, out.to("meta"))
    assert steps.last_run.recording == run.recording


HEAD = """import tilework.language as pl

T = pl.Tensor[[16, 32], pl.FP32]


@pl.jit
def program(x: T, which: pl.Tensor[[16], pl.INT32], out: pl.InOut[T]):
"""


class RandomProgram:
    """Tensors made, added up and dropped in loops and branches, to a depth of three."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.made = 0

    def text(self):
        self.block(1, ["x", "out"], set(), 5)
        return HEAD + "\n".join(self.lines) + "\n    return out\n"

    def add(self, depth, line):
        self.lines.append("    " * depth + line)

    def block(self, depth, seen, variables, count):
        seen = list(seen)
        for _ in range(count):
            kind = self.random.random()
            if kind < 0.3 or len(seen) == 2:
                seen.append(self.make(depth, seen))
            elif kind < 0.6 or depth > 3:
                self.task(depth, self.random.choice(seen[1:]), seen)
            elif kind < 0.85:
                variable = f"i{depth}"
                loop = self.random.choice(["pl.range(3)", "pl.range(0, 4, 2)", "pl.range(0)"])
                self.add(depth, f"for {variable} in {loop}:")
                self.block(depth + 1, seen, variables | {variable}, 3)
            else:
                at = self.random.choice(sorted(variables) or ["0"])
                self.add(depth, f"if pl.tensor.read(which, [{at}]) > 0:")
                self.block(depth + 1, seen, variables, 2)
                self.add(depth, "else:")
                self.block(depth + 1, seen, variables, 2)
        self.task(depth, self.random.choice(seen[1:]), seen)

    def make(self, depth, seen):
        """A tensor with values, from one with values."""
        self.made += 1
        name = f"t{self.made}"
        self.add(depth, f"{name} = pl.create_tensor([16, 32], dtype=pl.FP32)")
        self.task(depth, name, seen, whole=True)
        return name

    def task(self, depth, target, seen, whole=False):
        source = self.random.choice(seen)
        self.add(depth, "with pl.at(level=pl.Level.CORE_GROUP):")
        begin = 0 if whole else self.random.choice([0, 8])
        end = 16 if whole else begin + 8
        rows = f"[{begin}:{end}, :]"
        value = f"pl.mul({source}{rows}, 0.5)"
        if not whole:
            value = f"pl.add({target}{rows}, {value})"
        self.add(depth + 1, f"{target}{rows} = {value}")


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_mean_what_the_reference_says(seed, tmp_path):
    module = load_source(RandomProgram(seed).text(), tmp_path / f"lifetimes_{seed}.py")
    which = np.random.default_rng(seed).integers(0, 2, 16).astype(np.int32)
    results = []
    for options in (
        {"verify": True},
        {"verify": True, "threads": 2, "order_seed": seed, "static_dependences": False},
        {"exact": seed, "check": True, "threads": 2},
        {"record": True, "check_races": True, "order_seed": seed},
    ):
        out = numbers(pl.FP32, 16, 32)
        with tilework.options(**options):
            module.program(numbers(pl.FP32, 16, 32), which, out)
        results.append(out)
    for out in results[1:]:
        np.testing.assert_array_equal(results[0], out)


KERNEL = """
task.kernel @twice core_group split(automatic) (in %x: memref<256x256xf32>, out %y: memref<256x256xf32>) {
  %a = bufferization.to_tensor %x restrict : memref<256x256xf32> to tensor<256x256xf32>
  %s = tile.add %a, %a : tensor<256x256xf32>, tensor<256x256xf32>
  bufferization.materialize_in_destination %s in restrict writable %y : (tensor<256x256xf32>, memref<256x256xf32>) -> ()
  task.return
}
"""  # noqa: E501
CARRIED = {
    # hidden = layer(hidden)
    "steps": """
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (!T) {
        %t = task.alloc() : !T
        %id = TWICE(%h, %t)
        scf.yield %t : !T
      }
      %id = TWICE(%r, %y)""",
    "steps of parallel loops": """
      %r = task.parallel %i = %c0 to %n step %c1 iter_args(%h = %x) -> (!T) {
        %t = task.alloc() : !T
        %id = TWICE(%h, %t)
        task.yield %t : !T
      }
      %id = TWICE(%r, %y)""",
    # a, b = b, a
    "turns": """
      %a = task.alloc() : !T
      %b = task.alloc() : !T
      %copied = COPY(%x, %a)
      %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (!T, !T) {
        %id = TWICE(%p, %q)
        scf.yield %q, %p : !T, !T
      }
      %id = TWICE(%r#0, %y)""",
    # The one it was, or a new one; the sum of both uses later what is handed on.
    "branches": """
      %a = task.alloc() : !T
      %copied = COPY(%x, %a)
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %a) -> (!T) {
        %two = arith.constant 2 : index
        %rest = arith.remui %i, %two : index
        %odd = arith.cmpi eq, %rest, %c1 : index
        %k = scf.if %odd -> (!T) {
          %t = task.alloc() : !T
          %id = TWICE(%h, %t)
          scf.yield %t : !T
        } else {
          scf.yield %h : !T
        }
        %u = task.alloc() : !T
        %even = arith.cmpi ne, %rest, %c1 : index
        %id = TWICE(%k, %u)
        %s = arith.select %even, %u, %k : !T
        scf.yield %s : !T
      }
      %id = TWICE(%r, %y)
      %again = TWICE(%a, %unused)""",
    "conditions": """
      %r:2 = scf.while (%h = %x, %i = %c0) : (!T, index) -> (!T, index) {
        %goes = arith.cmpi ult, %i, %n : index
        scf.condition(%goes) %h, %i : !T, index
      } do {
      ^bb0(%g: !T, %i: index):
        %t = task.alloc() : !T
        %id = TWICE(%g, %t)
        %next = arith.addi %i, %c1 : index
        scf.yield %t, %next : !T, index
      }
      %id = TWICE(%r#0, %y)""",
}


def carried(name, folder):
    """The image of a program in the form `graph` that hands on tensors."""
    body = CARRIED[name]
    for task, scale in (("TWICE", "twice"), ("COPY", "copy")):
        body = re.sub(
            rf"{task}\((\S+), (\S+)\)",
            rf"task.submit @{scale} ins(\1 : !T) outs(\2 : !T)",
            body,
        )
    text = KERNEL + KERNEL.replace("@twice", "@copy").replace(
        "tile.add %a, %a", "tile.maximum %a, %a"
    )
    text += f"""task.entry @program(in %x: !T, in %n: index, out %y: !T) {{
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %unused = task.alloc() : !T
      {body}
      task.return
    }}"""
    module = ir.Module.parse(text.replace("!T", "memref<256x256xf32>"), make_context())
    with module.context:
        pipeline = "builtin.module(task.entry(task-release-tensors))"
        passmanager.PassManager.parse(pipeline).run(module.operation)
    path = folder / "carried.so"
    link_image(lower(module, "native", start="graph"), path)
    return load_image(path)


@pytest.mark.parametrize("name", CARRIED)
def test_what_loops_and_branches_hand_on_lives_as_long_as_it_is_used(name, tmp_path):
    image = carried(name, tmp_path)
    x = np.ones((256, 256), np.float32)
    for n in (0, 1, 2, 5, 120):
        for threads, order_seed in ((1, None), (2, None), (2, n)):
            y = np.zeros_like(x)
            stats = image.run("program", (x, n, y), threads=threads, order_seed=order_seed).stats
            assert (y == np.float32(2.0) ** (n + 1)).all()
        if n == 120:
            most = 4 * stats["allocations"] if name == "turns" else 70
            assert stats["peak_bytes"] <= most * x.nbytes
            assert name == "turns" or stats["allocations"] > 120
