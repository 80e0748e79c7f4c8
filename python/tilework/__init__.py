"""Tilework: tile programs in Python, compiled through MLIR and run on a simulated NPU."""
