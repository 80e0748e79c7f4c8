"""The document of recordings says what the library reads."""

from dataclasses import astuple

import pytest
from random_recordings import random_file
from recording_format import decode, encode
from tilework.recording import Recording


@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_as_documented_is_read(seed):
    file = random_file(seed)
    data = encode(file)
    recording = Recording(data)
    assert (recording.target, recording.entry) == (file.target, file.entry)
    for got, expected in zip(recording.memories, file.memories, strict=True):
        assert (got.name, got.address, got.size_bytes, got.tasks_before) == (
            expected.name, expected.address, expected.size_bytes, expected.tasks_before,
        )  # fmt: skip
        assert (got.manual_dep, got.shape) == (expected.manual_dep, expected.shape)
    for got, expected in zip(recording.kernels, file.kernels, strict=True):
        assert (got.name, got.has_cube, got.lanes) == (
            expected.name, expected.has_cube, expected.lanes,
        )  # fmt: skip
        assert (got.explicit_only, got.tracked_arguments) == (
            expected.explicit_only, expected.tracked_arguments,
        )  # fmt: skip
    for got, expected in zip(recording.tasks, file.tasks, strict=True):
        assert (got.stream, got.dependences) == (expected.stream, expected.dependences)
        assert got.no_dep == file.no_deps[expected.no_dep]
    for got, expected in zip(recording.loops, file.loops, strict=True):
        verdict = (None, "assumed", "proven")[expected.verdict]
        assert (got.location, got.variable, got.parallel, got.verdict) == (
            expected.location, expected.variable, expected.is_parallel, verdict,
        )  # fmt: skip
    kinds = ("enter", "next", "leave")
    assert [astuple(each) for each in recording.marks] == [
        (each.tasks_before, kinds[each.kind], each.loop, each.lower, each.step)
        for each in file.marks
    ]
    waits = [(each.tasks_before, each.writers) for each in recording.waits]
    assert waits == [(each.tasks_before, each.writers) for each in file.waits]
    counts = recording.counts
    assert counts["instructions"] == len(file.instructions)
    assert counts["patterns"] == len(file.patterns)
    streams = [stream for i in range(len(file.tasks)) if (stream := file.stream_of(i))]
    assert counts["executed"] == sum(len(unit) for each in streams for unit in each.units)
    assert decode(data) == file
