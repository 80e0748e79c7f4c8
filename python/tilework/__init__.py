"""Tilework: tile programs in Python, compiled through MLIR and run on a simulated NPU."""

from typing import Any

__all__ = ["ladder", "options", "profile"]


def __getattr__(name: str) -> Any:
    if name == "options":  # late: the compiler takes a third of a second to load
        from tilework.compiler.run import options

        return options
    if name == "ladder":
        from tilework.compiler.ladder import ladder

        return ladder
    if name == "profile":
        from tilework.report.profiling import profile

        return profile
    raise AttributeError(f"module 'tilework' has no attribute '{name}'")
