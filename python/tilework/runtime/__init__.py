"""Runs device images on PyTorch tensors and NumPy arrays."""

from .arrays import ArraySpec
from .executor import Dependence, LoadedImage, Rectangle, RunResult, TaskTrace, load_image

__all__ = [
    "ArraySpec",
    "Dependence",
    "LoadedImage",
    "Rectangle",
    "RunResult",
    "TaskTrace",
    "load_image",
]
