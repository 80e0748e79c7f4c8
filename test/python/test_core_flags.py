"""Flags of random programs, judged by unrolling them: no hazard, no deadlock, few too many."""

import re

import pytest
from flags_harness import (
    Wanderer,
    flags_of,
    insert_flags,
    judge,
    programs_of,
    unroll,
    without,
)
from flags_programs import CUBE, VECTOR, programs
from hypothesis import HealthCheck, given, settings
from tilework.compiler.context import make_context

CONTEXT = make_context()
# Trip counts and conditions: arguments 2 to 5 of every random program.
SCALARS = [
    dict(zip(range(2, 6), values, strict=True))
    for values in ((3, 5, 1, 0), (5, 2, 0, 1), (0, 3, 1, 1), (1, 1, 0, 0), (2, 0, 1, 0))
]
UNITS = {"cube": CUBE, "vector": VECTOR}
fuzz = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def streams_of(text):
    module = insert_flags(text, CONTEXT)
    return [stream for scalars in SCALARS for stream in unroll(module, scalars)]


@pytest.mark.parametrize("unit", UNITS)
def test_orders_every_hazard(unit):
    @fuzz
    @given(programs(units=(UNITS[unit],)))
    def check(text):
        for stream in streams_of(text):
            assert not judge(stream)

    check()


@pytest.mark.parametrize("unit", UNITS)
def test_orders_every_hazard_where_events_run_out(unit):
    @settings(fuzz, max_examples=8)
    @given(programs(units=(UNITS[unit],), depth=2, length=10))
    def check(text):
        for stream in streams_of(text):
            assert not judge(stream)

    check()


def test_no_flag_of_straight_line_code_is_redundant():
    @fuzz
    @given(programs(depth=0, length=12))
    def check(text):
        (stream, *_) = streams_of(text)
        for flag in flags_of([stream]):
            assert any(kind == "hazard" for kind, *_ in judge(without(stream, flag)))

    check()


def redundant_flags(module):
    """The flags of a program, and those without which nothing goes wrong in any execution."""
    streams = []
    for last in (5, 15, 40):  # most flags are missed soon
        for seed in range(len(streams), last):
            for group, program in programs_of(module):
                streams.append(Wanderer(group, program, SCALARS[0], seed).entries)
                assert not judge(streams[-1])
        flags = flags_of(streams)
        by_length = sorted(streams, key=len)
        redundant = [
            flag for flag in flags if not any(judge(without(stream, flag)) for stream in by_length)
        ]
        if not redundant:
            break
    return flags, redundant


def test_no_flag_of_loops_and_branches_is_redundant():
    flags = 0

    @settings(fuzz, max_examples=60)
    @given(programs(kinds="iiiiiffcc", slots=(1,)))
    def check(text):
        nonlocal flags
        module = insert_flags(text, CONTEXT)
        mine, redundant = redundant_flags(module)
        flags += len(mine)
        assert not redundant, module

    check()
    assert flags > 60


@pytest.mark.parametrize(
    ("examples", "share"), [(40, 0), pytest.param(400, 0.002, marks=pytest.mark.full)]
)
def test_few_flags_of_slots_and_while_loops_are_redundant(examples, share):
    """For one flag of 800 no random execution finds a use."""
    flags, redundant, shapes = 0, 0, set()

    @settings(fuzz, max_examples=examples)
    @given(programs(kinds="iiiiiffcw"))  # nobody knows which slot of a channel is meant
    def check(text):
        nonlocal flags, redundant
        shape = re.sub(r"%\w+|\d+", "", text)
        if shape in shapes:  # else some would count many times
            return
        shapes.add(shape)
        mine, useless = redundant_flags(insert_flags(text, CONTEXT))
        flags, redundant = flags + len(mine), redundant + len(useless)

    check()
    assert flags > 1.5 * examples
    assert redundant <= share * flags, f"{redundant} of {flags}"


EXAMPLE = """
task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>, in %n: index) {{
  task.return
}}
core.group @k_placed of @k (%x: memref<8x16xf32>, %n: index) {{
  core.vector_program lanes(1) {{
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 slots({slots}) : memref<{slots}x8x16xf32, #core.space<ub>>
    scf.for %i = %c0 to %n step %c1 {{
      %t = core.turn %i from %c0 step %c1 of {slots}
      %s = core.slot %a[%t] : memref<{slots}x8x16xf32, #core.space<ub>>
      core.dma_load %x[] [] to %s : memref<8x16xf32>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
      core.vector_unary exp %s to %s
          : memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
          to memref<8x16xf32, strided<[16, 1], offset: ?>, #core.space<ub>>
    }}
  }}
}}
"""


@pytest.mark.parametrize("slots", [1, 2, 3])
@pytest.mark.parametrize("trips", [0, 1, 2, 7])
def test_slots_in_turn(slots, trips):
    (stream,) = unroll(insert_flags(EXAMPLE.format(slots=slots), CONTEXT), {1: trips})
    assert not judge(stream)
    assert sum(entry.what == "set" for entry in stream) == slots + 2 * trips


@pytest.mark.parametrize("slots", [2, 3])
def test_the_next_load_overlaps_this_computation(slots):
    (stream,) = unroll(insert_flags(EXAMPLE.format(slots=slots), CONTEXT), {1: 4})
    loads = [entry for entry in stream if entry.what == "access" and entry.pipe == "mte2"]
    computations = [entry for entry in stream if entry.what == "access" and entry.pipe == "v"]
    # Were the second load to write what the first computation reads, nothing would order them.
    loads[1].writes = computations[0].reads
    assert ("hazard", computations[0], loads[1]) in judge(stream)


@pytest.mark.parametrize("what", ["set", "wait"])
def test_the_judge_misses_half_a_flag(what):
    (stream,) = unroll(insert_flags(EXAMPLE.format(slots=2), CONTEXT), {1: 3})
    for position, entry in enumerate(stream):
        if entry.what == what:
            assert judge(stream[:position] + stream[position + 1 :])


def test_the_judge_misses_every_flag_of_a_loop():
    (stream,) = unroll(insert_flags(EXAMPLE.format(slots=2), CONTEXT), {1: 5})
    flags = flags_of([stream])
    assert len(flags) == 2
    for flag in flags:
        assert any(kind == "hazard" for kind, *_ in judge(without(stream, flag)))


WHILE = """
task.kernel @k core_group split(automatic) (inout %x: memref<8x16xf32>, in %n: index) {{
  task.return
}}
core.group @k_placed of @k (%x: memref<8x16xf32>, %n: index) {{
  core.vector_program lanes(1) {{
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = core.buffer at 0 : memref<8x16xf32, #core.space<ub>>
    {load}
    %last = scf.while (%i = %n) : (index) -> index {{
      %go = arith.cmpi sgt, %i, %c0 : index
      {condition}
      scf.condition(%go) %i : index
    }} do {{
    ^body(%j: index):
      {load}
      {compute}
      %next = arith.subi %j, %c1 : index
      scf.yield %next : index
    }}
    {compute}
  }}
}}
"""
LOAD = "core.dma_load %x[] [] to %a : memref<8x16xf32> to memref<8x16xf32, #core.space<ub>>"
COMPUTE = (
    "core.vector_unary exp %a to %a : memref<8x16xf32, #core.space<ub>> "
    "to memref<8x16xf32, #core.space<ub>>"
)


@pytest.mark.parametrize("trips", [0, 1, 4])
@pytest.mark.parametrize("condition", ["", LOAD, COMPUTE, LOAD + "\n" + COMPUTE])
def test_while_loops(condition, trips):
    text = WHILE.format(load=LOAD, compute=COMPUTE, condition=condition)
    (stream,) = unroll(insert_flags(text, CONTEXT), {1: trips})
    assert not judge(stream)
    assert all(entry.what != "barrier" for entry in stream)


BRANCHES = {
    "if": "scf.if %p {{ {body} }}",
    "else": "scf.if %p {{ {body} }} else {{ {body} }}",
    "for": "scf.for %k = %c0 to %n step %c1 {{ {body} }}",
}


@pytest.mark.parametrize("around", [0, 10])
@pytest.mark.parametrize("body", [LOAD + "\n" + COMPUTE, 2 * (LOAD + "\n" + COMPUTE + "\n")])
@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("loop", [False, True])
def test_many_branches_need_no_barrier(loop, branch, body, around):
    """More branches than events, with flags in each, and flags around all of them."""
    count = 12
    buffers = [
        f"%b{it} = core.buffer at {512 * it} : memref<8x16xf32, #core.space<ub>>"
        for it in range(count + around)
    ]
    outer = range(count, count + around)
    lines = [
        *(LOAD.replace("%a", f"%b{it}") for it in outer),
        *(BRANCHES[branch].format(body=body.replace("%a", f"%b{it}")) for it in range(count)),
        *(COMPUTE.replace("%a", f"%b{it}") for it in outer),
    ]
    if loop:
        lines = ["scf.for %i = %c0 to %n step %c1 {", *lines, "}"]
    head = EXAMPLE.format(slots=1).partition("    scf.for")[0]
    head = head.replace("in %n: index", "in %n: index, in %p: i1")
    head = head.replace(", %n: index", ", %n: index, %p: i1")
    text = "\n".join([head, *buffers, *lines, "}", "}"])
    module = insert_flags(text, CONTEXT)
    assert "core.barrier" not in str(module)
    for group, program in programs_of(module):
        for seed in range(20):
            assert not judge(Wanderer(group, program, {1: 3, 2: 1}, seed).entries)


def test_a_long_loop_body_needs_no_barrier():
    lines = []
    for number in range(30):
        source, destination = (f"%b{it % 30}" for it in (number, number + 1))
        lines += [LOAD.replace("%a", source), COMPUTE.replace("exp %a", f"exp {source}")]
        lines[-1] = lines[-1].replace("to %a", f"to {destination}")
    buffers = [
        f"%b{it} = core.buffer at {512 * it} : memref<8x16xf32, #core.space<ub>>"
        for it in range(30)
    ]
    head = EXAMPLE.format(slots=1).partition("    scf.for")[0]
    body = "scf.for %i = %c0 to %n step %c1 {\n" + "\n".join(lines) + "\n}\n}\n}"
    (stream,) = unroll(insert_flags(head + "\n".join(buffers) + body, CONTEXT), {1: 3})
    assert not judge(stream)
    assert all(entry.what != "barrier" for entry in stream)
