"""What a person can look at: pictures and tables of programs and of their runs.

Runs are looked at without the compiler: only memory maps load it.
"""

from importlib import import_module
from typing import Any

from .compare import Comparison
from .critical_path import Segment, critical_path
from .html import save_comparison, save_report, save_sweep
from .perfetto import save_trace
from .profiling import Report, profile
from .run import Run
from .summary import Summary, summarize
from .sweep import Point, sweep

__all__ = [
    "Comparison",
    "Point",
    "Report",
    "Run",
    "Segment",
    "Summary",
    "critical_path",
    "memory_map",
    "placements",
    "profile",
    "save_comparison",
    "save_report",
    "save_sweep",
    "save_trace",
    "summarize",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name in ("memory_map", "placements"):
        module = import_module(".memory_maps", __name__)
        globals().update(memory_map=module.memory_map, placements=module.placements)
        return globals()[name]
    raise AttributeError(f"module 'tilework.report' has no attribute '{name}'")
