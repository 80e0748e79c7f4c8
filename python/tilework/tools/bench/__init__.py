"""Measures: what the host takes, what room 4 makes of kernels, how well its planners do.

A benchmark is a function that prints a table; `__main__` lists them.
"""
