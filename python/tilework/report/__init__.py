"""What a person can look at: pictures and tables of programs and of their runs."""

from tilework.report.memory_map import memory_map, placements

__all__ = ["memory_map", "placements"]
