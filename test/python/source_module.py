"""Programs whose text is made by a test: `pl.jit` wants a file it can read again."""

import importlib.util
from pathlib import Path
from types import ModuleType


def load_source(text: str, path: Path) -> ModuleType:
    """The text as a module of its own, in a new file."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
