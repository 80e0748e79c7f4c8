"""What a person can look at: pictures and tables of programs and of their runs.

Runs are looked at without the compiler: only memory maps load it.
"""

from typing import Any

from .compare import Comparison
from .critical_path import Segment, critical_path
from .perfetto import save_trace
from .run import Run
from .summary import Summary, summarize
from .sweep import Point, sweep

__all__ = [
    "Comparison",
    "Point",
    "Run",
    "Segment",
    "Summary",
    "critical_path",
    "memory_map",
    "placements",
    "save_trace",
    "summarize",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name in ("memory_map", "placements"):
        from . import memory_map

        globals().update(memory_map=memory_map.memory_map, placements=memory_map.placements)
        return globals()[name]
    raise AttributeError(f"module 'tilework.report' has no attribute '{name}'")
