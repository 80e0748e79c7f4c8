"""A replay that cannot go on ends, and names who waits for what."""

import pytest
from recording_builder import CUBE, VECTOR_0, VECTOR_1, Builder, Kind
from recording_format import Channel, Opcode, Pipe, Type
from tilework.errors import DeadlockError, DescriptionError
from tilework.simulator import Policy
from timeline_harness import replayed


def failure(it: Builder, **changes) -> str:
    with pytest.raises(DeadlockError) as error:
        replayed(it, **changes)
    return str(error.value)


def test_two_pipes_that_wait_for_each_other():
    it = Builder()
    unit = it.task(Kind(lanes=1))[VECTOR_0]
    unit.wait(Pipe.V, Pipe.MTE2, 0)
    unit.set(Pipe.MTE2, Pipe.V, 1)
    unit.wait(Pipe.MTE2, Pipe.V, 1)
    unit.set(Pipe.V, Pipe.MTE2, 0)
    text = failure(it)
    assert (
        "a cycle of waits in task 0 'kernel': vector 0 mte2 -> vector 0 v -> vector 0 mte2" in text
    )
    assert "vector 0, pipe mte2, waits at test.py:1:1 for flag v -> mte2 event 0" in text
    assert "vector 0, pipe v, waits at test.py:1:1 for flag mte2 -> v event 1" in text


def test_cube_and_vector_cores_that_wait_for_each_other():
    it = Builder()
    task = it.task(Kind(cube=True, lanes=2))
    task[CUBE].cross_wait(Pipe.MTE2, 3)
    task[CUBE].cross_set(Pipe.MTE2, 3)
    for lane in (VECTOR_0, VECTOR_1):
        task[lane].cross_wait(Pipe.MTE2, 3)
        task[lane].cross_set(Pipe.MTE2, 3)
    text = failure(it)
    for unit in ("cube", "vector 0", "vector 1"):
        assert f"{unit}, pipe mte2, waits at test.py:1:1 for cross flag 3" in text
    assert "'kernel': cube mte2 -> vector 0 mte2 -> cube mte2" in text


def test_rings_that_are_full_both_ways():
    """Each side pushes one tile more than the other's ring has room for, before it pops."""
    channels = tuple(Channel(16, 32, Type.F32, 1, to, 0, 2048 * to, 2048) for to in (0, 1))
    it = Builder()
    task = it.task(Kind(True, 1, channels))
    for unit, own, other in ((CUBE, 0, 1), (VECTOR_0, 1, 0)):
        for _ in range(2):
            task[unit].push(own, [16, 32])
        task[unit].barrier()
        for _ in range(2):
            task[unit].pop(other, [16, 32])
            task[unit].release(other)
    text = failure(it)
    assert "cube, pipe fixp, waits at test.py:1:1 for a free slot of channel 0" in text
    assert "vector 0, pipe mte3, waits at test.py:1:1 for a free slot of channel 1" in text
    assert "pipe mte2, waits at test.py:1:1 for the other pipes at a barrier" in text
    assert "cube fixp -> vector 0 mte2 -> vector 0 mte3 -> cube mte2 -> cube fixp" in text


def test_a_task_behind_one_that_never_ends():
    it = Builder()
    stuck = it.task(Kind(cube=True, name="stuck"))
    stuck[CUBE].wait(Pipe.MTE2, Pipe.M, 0)
    it.task(Kind(cube=True, name="behind"))[CUBE].mmad(16, 16, 16)
    text = failure(it, cores__groups=1, dispatch__schedulers=1)
    assert text.startswith("the replay cannot go on: 2 tasks have not been completed")
    assert "task 0 'stuck', cube, pipe m, waits at test.py:1:1 for flag mte2 -> m event 0" in text
    assert "task 1 'behind', cube, waits for its core" in text


def test_a_scalar_whose_writer_never_ends():
    it = Builder()
    it.task(Kind(lanes=1))[VECTOR_0].wait(Pipe.MTE2, Pipe.V, 0)
    it.read([0])
    it.task(Kind(lanes=1))[VECTOR_0].vector(Opcode.FILL, [1, 64], inputs=0)
    text = failure(it)
    assert "the orchestrator, before task 1, waits for the writers of a scalar" in text
    assert "task 0 'kernel', vector 0, pipe v" in text


def test_a_ring_that_can_never_have_room():
    """The second tensor needs the first one's room, which a task after it still uses."""
    it = Builder()
    kind = Kind(lanes=1)
    first = it.memory("first", 65_536, allocated=True)
    it.task(kind)[VECTOR_0].load(first, [1, 256])
    it.memory("second", 65_536, allocated=True)
    it.task(kind)[VECTOR_0].load(first, [1, 256])
    with pytest.raises(DescriptionError) as error:
        replayed(it, policy=Policy(submission="tasks"), rings__heap=70_000)
    assert str(error.value) == (
        "'rings.heap' expects at least 131072, but got 70000: before task 1 'kernel' at "
        "test.py:1:1 there are 'first' of 65536 bytes, used until task 1 'kernel' at "
        "test.py:1:1, 'second' of 65536 bytes"
    )
    assert replayed(it, rings__heap=131_072).timeline.makespan > 0
