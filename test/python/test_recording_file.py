"""Recordings as files. What they hold is tested where runs make them."""

import pytest
from tilework.errors import RecordingError
from tilework.recording import Recording

EMPTY = b"TILEREC\n\x03" + b"\x02\0\0" + 11 * b"\x01\0"  # no names, and nothing in the other parts


def test_an_empty_one_is_read_as_documented(tmp_path):
    (tmp_path / "empty.rec").write_bytes(EMPTY)
    recording = Recording.load(tmp_path / "empty.rec")
    assert recording.counts["tasks"] == 0
    assert recording.memories == ()
    recording.save(tmp_path / "copy.rec")
    assert Recording.load(tmp_path / "copy.rec") == recording


def test_other_files_are_refused(tmp_path):
    (tmp_path / "other").write_bytes(b"\x7fELF")
    with pytest.raises(RecordingError, match="expects the mark of a recording at byte 0"):
        Recording.load(tmp_path / "other")
    (tmp_path / "later").write_bytes(b"TILEREC\n\x04")
    with pytest.raises(RecordingError, match="version 3, but got version 4; record it again"):
        Recording.load(tmp_path / "later")


def test_a_task_that_is_not_there():
    with pytest.raises(IndexError, match="expects a task below 0, but got 3"):
        Recording(EMPTY).text(3)
