"""Device images on disk: made from LLVM-dialect modules, kept by content."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tilework_mlir import ir

from tilework.dialects import _tilework  # not directly: libMLIR has to be loaded first
from tilework.errors import CompilerError


def cache_folder() -> Path:
    """Where images are kept: $TILEWORK_CACHE_DIR, or tilework/images in the user's cache."""
    if chosen := os.environ.get("TILEWORK_CACHE_DIR"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tilework" / "images"


@functools.cache
def compiler_digest() -> str:
    """A digest of everything that decides how a program is compiled."""
    built = f"{_tilework.host_cpu_class()} {_tilework.library_id()}"
    digest = hashlib.sha256(built.encode())
    package = Path(__file__).parent.parent
    for folder in ("language", "frontend", "compiler", "devices"):
        for path in sorted((package / folder).rglob("*.*")):
            if path.suffix in (".py", ".toml"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class ImageCache:
    """Images by key, each a shared object and a note of what the driver must know.

    Safe between processes: files appear whole or not at all, and equal keys mean equal files.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or cache_folder()

    def find(self, key: str) -> tuple[Path, dict[str, Any]] | None:
        """The image and note for a key, or None."""
        image, note = self._paths(key)
        try:
            return (image, json.loads(note.read_text())) if image.exists() else None
        except (OSError, ValueError):
            return None

    def add(self, key: str, module: ir.Module, note: dict[str, Any]) -> Path:
        """Makes the image of an LLVM-dialect module and keeps it under a key."""
        image, note_path = self._paths(key)
        image.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=image.parent, prefix="making-") as scratch:
            made = Path(scratch) / "image.so"
            link_image(module, made)
            text = Path(scratch) / "note.json"
            text.write_text(json.dumps(note, sort_keys=True))
            os.replace(text, note_path)
            os.replace(made, image)
        return image

    def _paths(self, key: str) -> tuple[Path, Path]:
        stem = self.folder / key[:2] / key
        return stem.with_suffix(".so"), stem.with_suffix(".json")


def link_image(module: ir.Module, path: Path, cpu: str | None = None) -> None:
    """Writes the device image of an LLVM-dialect module to `path`.

    `cpu` is the instruction set ("x86-64-v4", "x86-64-v3"); this host's unless given.
    """
    linker = shutil.which("ld")
    if linker is None:
        raise CompilerError("expects the linker 'ld' on PATH, but got none; install binutils")
    made = path.with_suffix(".o")
    _tilework.emit_object(module, str(made), cpu or _tilework.host_cpu_class())
    command = [linker, "-shared", "--build-id=none", "-o", str(path), str(made)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CompilerError(f"expects 'ld' to link the image, but got: {result.stderr.strip()}")
    made.unlink()
