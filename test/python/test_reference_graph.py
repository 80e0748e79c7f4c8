"""Kernels on memory: what a task sees, leaves behind, and may touch."""

import numpy as np
import pytest
import tilework.dialects  # noqa: F401 (registers the dialects)
from tilework.ir import Context, Module
from tilework.reference import ExecutionError, RegionError, UndefinedError, interpret

X = np.arange(8, dtype=np.float32)
ALL = "task.access inout %x[%c0] [%c8] : memref<8xf32>"

KERNEL = """
  task.kernel @{name} core_group split(automatic) ({arguments}) {{
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %one = arith.constant 1.0 : f32
    {body}
    task.return
  }}
  task.accesses @{name}_accesses of @{name} ({arguments}) {{
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    {accesses}
    task.return
  }}"""
ENTER = "%t = bufferization.to_tensor %x restrict writable : memref<8xf32> to tensor<8xf32>\n"
LEAVE = """bufferization.materialize_in_destination %r in restrict writable %x
      : (tensor<8xf32>, memref<8xf32>) -> ()\n"""
FIRST_HALF = "%s = tensor.extract_slice %t[0] [4] [1] : tensor<8xf32> to tensor<4xf32>\n"
TO_SECOND_HALF = "tensor.insert_slice %s into %t[4] [4] [1] : tensor<4xf32> into tensor<8xf32>\n"


def run(body, accesses=ALL, arguments="inout %x: memref<8xf32>", passed="outs(%x : {})", args=(X,),
        entry="inout %x: memref<8xf32>"):  # fmt: skip
    """What a program with one kernel leaves in its arguments."""
    kernel = KERNEL.format(name="k", arguments=arguments, body=body, accesses=accesses)
    text = f"""module {{ {kernel}
      task.entry @main({entry}) {{
        %id = task.submit @k {passed.format("memref<8xf32>")}
        task.return
      }} }}"""
    with Context():
        outputs = interpret(Module.parse(text), "main", args).outputs
    return [outputs[position].tolist() for position in sorted(outputs)]


def test_a_task_leaves_what_it_computed():
    (x,) = run(ENTER + FIRST_HALF + "%r = " + TO_SECOND_HALF + LEAVE)
    assert x == [0, 1, 2, 3, 0, 1, 2, 3]


def test_what_is_left_nowhere_changes_nothing():
    assert run(ENTER + FIRST_HALF + "%r = " + TO_SECOND_HALF) == [X.tolist()]


def test_the_tensor_before_an_update_stays_what_it_was():
    body = ENTER + FIRST_HALF + "%u = " + TO_SECOND_HALF + "%r = tile.add %t, %u : {0}, {0}\n"
    (x,) = run(body.format("tensor<8xf32>") + LEAVE)
    assert x == [0, 2, 4, 6, 4, 6, 8, 10]
    body = ENTER + FIRST_HALF + "%u = " + TO_SECOND_HALF + LEAVE.replace("%r", "%t")
    assert run(body) == [X.tolist()]


def test_a_memory_under_two_names_is_not_updated_while_it_is_read():
    other = ENTER.replace("%t =", "%o =").replace("%x", "%y").replace(" writable", "")
    body = ENTER + other + FIRST_HALF + "%u = " + TO_SECOND_HALF
    body += "%r = tile.add %o, %u : tensor<8xf32>, tensor<8xf32>\n" + LEAVE
    (x,) = run(
        body,
        "task.access in %y[%c0] [%c8] : memref<8xf32>\n" + ALL,
        "in %y: memref<8xf32>, inout %x: memref<8xf32>",
        "ins(%x : {0}) outs(%x : {0})",
    )
    assert x == [0, 2, 4, 6, 4, 6, 8, 10]


def test_an_array_that_the_caller_keeps_is_not_written():
    with pytest.raises(ExecutionError, match="expects to update arguments that are 'out' or"):
        run(ENTER + FIRST_HALF + "%r = " + TO_SECOND_HALF + LEAVE, entry="in %x: memref<8xf32>")
    assert X.tolist() == list(range(8))


def test_memory_that_nobody_wrote_is_undefined():
    kernel = KERNEL.format(
        name="k", arguments="in %y: memref<8xf32>, out %x: memref<8xf32>",
        body="""%r = bufferization.to_tensor %y restrict : memref<8xf32> to tensor<8xf32>
          bufferization.materialize_in_destination %r in restrict writable %x
            : (tensor<8xf32>, memref<8xf32>) -> ()""",
        accesses="task.access in %y[%c0] [%c8] : memref<8xf32>\n" + ALL,
    )  # fmt: skip
    text = f"""module {{ {kernel}
      task.entry @main(out %x: memref<8xf32>) {{
        %new = task.alloc() : memref<8xf32>
        %id = task.submit @k ins(%new : memref<8xf32>) outs(%x : memref<8xf32>)
        task.return
      }} }}"""
    with Context(), pytest.raises(UndefinedError, match="every element of 'argument 0'"):
        interpret(Module.parse(text), "main", [X.copy()])


@pytest.mark.parametrize("releases", [1, 2, 3])
def test_a_released_tensor_is_given_to_nobody(releases):
    kernel = KERNEL.format(
        name="k", arguments="out %x: memref<8xf32>",
        body=ENTER + "%r = tile.neg %t : tensor<8xf32>" + LEAVE, accesses=ALL,
    )  # fmt: skip
    text = f"""module {{ {kernel}
      task.entry @main(inout %x: memref<8xf32>) {{
        task.release %x : memref<8xf32>
        %new = task.alloc() : memref<8xf32>
        task.retain %new : memref<8xf32>
        {releases * "task.release %new : memref<8xf32>"}
        %id = task.submit @k outs(%x : memref<8xf32>)
        %last = task.submit @k outs(%new : memref<8xf32>)
        task.return
      }} }}"""
    with Context():
        module = Module.parse(text)
        if releases == 1:
            interpret(module, "main", [X.copy()])
            return
        with pytest.raises(ExecutionError, match="expects a tensor that somebody holds"):
            interpret(module, "main", [X.copy()])


# Accesses that just suffice for a kernel that copies elements 0 to 3 to 4 to 7.
READS, WRITES = "task.access in %x[%c0] [%c4]", "task.access out %x[%c4] [%c4]"


def copying(*accesses):
    body = ENTER + FIRST_HALF + "%n = tile.neg %s : tensor<4xf32>\n"
    body += "%r = " + TO_SECOND_HALF.replace("%s", "%n") + LEAVE
    return run(body, "\n".join(f"{access} : memref<8xf32>" for access in accesses))


@pytest.mark.parametrize(
    "accesses",
    [
        (READS, WRITES),
        ("task.access in %x[%c1] [%c4]", "task.access in %x[%c0] [%c2]", WRITES),
        (READS, "task.access out %x[%c4] [%c2]", "task.access inout %x[%c2] [%c8]"),
    ],
)
def test_a_task_may_touch_what_its_rectangles_cover_together(accesses):
    assert copying(*accesses) == [[0, 1, 2, 3, -0.0, -1, -2, -3]]


@pytest.mark.parametrize(
    "accesses, message",
    [
        ((WRITES,), "to read only what it declares of 'argument 0', but got .0:4.; .* nothing"),
        ((READS,), "to write only what it declares of 'argument 0', but got .4:8.; .* nothing"),
        ((READS.replace("c4", "c2"), WRITES), r"to read .* got \[2:4\]; it declares \[0:2\]"),
        ((READS, "task.access out %x[%c4] [%c2]"), r"to write .* got \[6:8\]"),
        ((READS, WRITES.replace("out", "in")), "to write .* nothing"),
        ((READS.replace("in", "out"), WRITES), "to read .* nothing"),
    ],
)
def test_a_task_may_touch_nothing_else(accesses, message):
    with pytest.raises(RegionError, match=message):
        copying(*accesses)


def test_a_slice_that_is_only_narrowed_is_not_read():
    body = ENTER + """%a = tensor.extract_slice %t[1] [6] [1] : tensor<8xf32> to tensor<6xf32>
      %b = tensor.extract_slice %a[2] [2] [1] : tensor<6xf32> to tensor<2xf32>
      %e = tensor.extract %a[%c4] : tensor<6xf32>
      %n = tile.add %b, %e : tensor<2xf32>, f32
      %r = tensor.insert_slice %n into %t[0] [2] [1] : tensor<2xf32> into tensor<8xf32>
      """ + LEAVE  # fmt: skip
    place = "task.access {} %x[{}] [%c{}] : memref<8xf32>\n"
    three = "%c3 = arith.constant 3 : index\n%c5 = arith.constant 5 : index\n"
    accesses = three + place.format("in", "%c3", 2) + place.format("out", "%c0", 2)
    with pytest.raises(RegionError, match=r"to read .* got \[5:6\]"):
        run(body, accesses)
    (x,) = run(body, accesses + place.format("in", "%c5", 1))
    assert x == [8, 9, 2, 3, 4, 5, 6, 7]


def test_a_kernel_needs_a_region_program():
    text = """module {
      task.kernel @k core_group split(automatic) () { task.return }
      task.entry @main(inout %x: memref<8xf32>) { %id = task.submit @k task.return } }"""
    with Context(), pytest.raises(ExecutionError, match="expects a region program of the kernel"):
        interpret(Module.parse(text), "main", [X.copy()])
