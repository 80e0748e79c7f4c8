"""From a traced program to a loaded image, through the cache."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tilework_mlir import ir

from tilework.compiler.images import ImageCache, compiler_digest
from tilework.compiler.lowering import lower
from tilework.errors import ImageError
from tilework.runtime import LoadedImage, RunResult


class TracedProgram(Protocol):
    """What the frontend gives: a module in the form `traced` and its entry's name."""

    module: ir.Module
    entry: str


@dataclass(frozen=True)
class Compiled:
    """A program compiled for one specialisation.

    `compile_seconds` is what this process spent on it, reading the cache included; `stages` says
    on what, by room.
    """

    image: LoadedImage
    path: Path
    entry: str
    from_cache: bool
    compile_seconds: float
    stages: dict[str, float] = field(default_factory=dict)

    def run(self, arguments: Sequence[Any], **options: Any) -> RunResult:
        """Runs the program in place; options as in `LoadedImage.run`."""
        return self.image.run(self.entry, arguments, **options)


_loaded: dict[tuple[str, str, bool, bool, bool], Compiled] = {}
_lock = threading.Lock()


def compile(
    trace: Callable[[], TracedProgram],
    key: str,
    cache: ImageCache | None = None,
    placed: bool = False,
    split_sums: bool = True,
    static_dependences: bool = True,
) -> Compiled:
    """The image of a program; `key` names its source and specialisation.

    With `placed` the image also holds the walks of placed kernels, which the exact mode and
    recordings need.
    `split_sums` and `static_dependences` are those of `tilework.options`.
    Looks in memory, then on disk, and only then calls `trace` and compiles. Equal keys with an
    equal compiler give the same image. Raises what `trace` and `lower` raise.
    """
    cache = cache or ImageCache()
    held = (str(cache.folder), key, placed, split_sums, static_dependences)
    with _lock:
        if held not in _loaded:
            _loaded[held] = compile_afresh(
                trace, key, cache, placed, split_sums, static_dependences
            )
        return _loaded[held]


def compile_afresh(
    trace: Callable[[], TracedProgram],
    key: str,
    cache: ImageCache,
    placed: bool = False,
    split_sums: bool = True,
    static_dependences: bool = True,
) -> Compiled:
    """The same without the memory of this process: from disk, or made."""
    start = time.perf_counter()
    variant = ("\nplaced" if placed else "") + ("" if split_sums else "\nwhole sums")
    variant += "" if static_dependences else "\ndynamic dependences"
    digest = hashlib.sha256(f"{compiler_digest()}\n{key}{variant}".encode()).hexdigest()
    if found := _load(cache, digest):
        path, image, note = found
        return Compiled(image, path, note["entry"], True, time.perf_counter() - start)
    stages: dict[str, float] = {}

    def timed(stage: str, work: Callable[..., Any], *arguments: Any) -> Any:
        begin = time.perf_counter()
        result = work(*arguments)
        stages[stage] = time.perf_counter() - begin
        return result

    program = timed("trace", trace)
    failures = cache.folder / "failures" / digest[:16]
    chosen = (split_sums, static_dependences)
    forms = ["traced", "fused", "graph", *(["placed"] if placed else []), "native"]
    for before, form in itertools.pairwise(forms):
        timed(form, lower, program.module, form, before, failures, *chosen)
    path = timed("image", cache.add, digest, program.module, {"entry": program.entry})
    image = LoadedImage(path)
    return Compiled(image, path, program.entry, False, time.perf_counter() - start, stages)


def _load(cache: ImageCache, digest: str) -> tuple[Path, LoadedImage, dict[str, Any]] | None:
    """What the cache holds; an image that does not load is made again."""
    if found := cache.find(digest):
        path, note = found
        try:
            return path, LoadedImage(path), note
        except ImageError:
            return None
    return None
