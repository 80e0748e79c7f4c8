"""Prints what must be in the environment before Tilework is built in it, one requirement a line.

usage: requirements.py pyproject.toml
"""

import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)
requirements = [
    *project["build-system"]["requires"],
    *project["project"]["dependencies"],
    *project["project"]["optional-dependencies"]["test"],
]
# The bindings are not on any index: the set-up builds them.
print("\n".join(r for r in requirements if r != "tilework-mlir"))
