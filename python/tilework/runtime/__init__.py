"""Runs device images on PyTorch tensors and NumPy arrays."""

from .arrays import ArraySpec, has_values
from .executor import (
    CORE_MEMORIES,
    Dependence,
    ExactMode,
    LoadedImage,
    Rectangle,
    RunResult,
    TaskTrace,
    load_image,
)

__all__ = [
    "CORE_MEMORIES",
    "ArraySpec",
    "Dependence",
    "ExactMode",
    "LoadedImage",
    "Rectangle",
    "RunResult",
    "TaskTrace",
    "has_values",
    "load_image",
]
