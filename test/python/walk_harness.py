"""Images made of hand-written placed modules, and the streams their walks emit."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tilework import ir
from tilework.compiler.context import make_context
from tilework.compiler.images import link_image
from tilework.compiler.lowering import lower
from tilework.runtime.arrays import describe, encode_scalar

RECORD = np.dtype([
    *((name, np.int64) for name in (
        "opcode", "pipe", "flags", "kind", "rounding", "dim", "other_pipe", "event", "channel",
        "scalar", "scalar_type")),
    ("sizes", np.int64, 3),
    ("location", np.int64),
    ("num_regions", np.int64),
    ("regions", [("space", np.int64), ("type", np.int64), ("rank", np.int64), ("base", np.int64),
                 ("sizes", np.int64, 5), ("strides", np.int64, 5)], 4),
])  # fmt: skip
CUBE, VECTOR_0, VECTOR_1 = range(3)

EMIT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
LOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32)
WALK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)


class Kernel(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("name", "at", "run", "accesses", "args")]
    _fields_ += [("num_args", ctypes.c_int32), ("num_slots", ctypes.c_int32)]
    _fields_ += [("walk", ctypes.c_void_p)]
    _fields_ += [("flags", ctypes.c_int32), ("reserved", ctypes.c_int32)]


class Walk(ctypes.Structure):
    _fields_ = [
        ("walk", WALK),
        ("channels", ctypes.POINTER(ctypes.c_int64 * 9)),
        ("locations", ctypes.POINTER(ctypes.c_char_p)),
    ]
    _fields_ += [(name, ctypes.c_int32) for name in ("channel_count", "location_count")]
    _fields_ += [("has_cube", ctypes.c_int32), ("lanes", ctypes.c_int32)]
    _fields_ += [("ring_bytes", ctypes.c_int64)]
    _fields_ += [("read_count", ctypes.c_int32), ("reserved", ctypes.c_int32)]


def make_image(text: str, path: Path) -> Path:
    """Compiles a module in the form `graph` with placed groups beside its kernels."""
    module = ir.Module.parse(text, make_context())
    link_image(lower(module, "native", start="graph"), path)
    return path


@dataclass
class Walked:
    """The walk of one kernel, natively; `stream` gives a unit's records."""

    walk: Walk | None

    def stream(self, unit: int, *arguments) -> np.ndarray:
        records = []
        emit = EMIT(lambda _, at: records.append(ctypes.string_at(at, RECORD.itemsize)))
        host = (ctypes.c_void_p * 11)()
        look = LOOK(lambda _, address, size, location: None)
        host[7] = ctypes.cast(emit, ctypes.c_void_p)
        host[10] = ctypes.cast(look, ctypes.c_void_p)
        slots = []
        for argument in arguments:
            is_array = isinstance(argument, np.ndarray)
            slots += (
                describe("", argument).slots()
                if is_array
                else [encode_scalar("", "index", argument)]
            )
        self.walk.walk(host, (ctypes.c_int64 * len(slots))(*slots), unit)
        return np.frombuffer(b"".join(records), RECORD)

    def channels(self) -> list[tuple[int, ...]]:
        return [tuple(self.walk.channels[i]) for i in range(self.walk.channel_count)]

    def location(self, record) -> str:
        assert record["location"] < self.walk.location_count
        return self.walk.locations[record["location"]].decode()


def load_walk(path: Path, kernel: int = 0) -> Walked:
    image = ctypes.CDLL(str(path))
    table = (ctypes.c_void_p * 8).in_dll(image, "tilework_image")
    row = ctypes.cast(table[3], ctypes.POINTER(Kernel))[kernel]
    walked = Walked(Walk.from_address(row.walk) if row.walk else None)
    walked.image = image
    return walked
