"""What can go wrong, and whose it is: the user's, the target's or ours."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tilework.recording import Claim


class TileworkError(Exception):
    """Every error Tilework raises on purpose."""


class ArgumentError(TileworkError):
    """An argument does not fit the program: its name, type, shape, memory or device."""


class ImageError(TileworkError):
    """A file is not a device image that this version can run."""


class RecordingError(TileworkError):
    """A file is not a recording that this version can read."""


class TaskError(TileworkError):
    """A run-time check or a fault stopped a task of a running program.

    `task` is the task's name (the entry's, when its orchestration failed), `location` its Python
    line as "file.py:12:5", `reason` what was expected and found.
    """

    def __init__(self, task: str, location: str, reason: str):
        super().__init__(task, location, reason)
        self.task = task
        self.location = location
        self.reason = reason

    def __str__(self) -> str:
        return f"task '{self.task}' at {self.location}: {self.reason}"


class ClaimError(TileworkError):
    """Promises of a program that its run has refuted: `claims`, in the order of the recording."""

    def __init__(self, entry: str, claims: Sequence[Claim]):
        super().__init__(entry, claims)
        self.entry = entry
        self.claims = tuple(claims)

    def __str__(self) -> str:
        count = len(self.claims)
        lines = [f"{count} claim{'s' if count > 1 else ''} of '{self.entry}' refuted"]
        for claim in self.claims:
            conflicts = f"{claim.unordered} conflict{'s' if claim.unordered > 1 else ''}"
            lines.append(f"{claim.name}: {conflicts} that nothing orders, the first:")
            lines += [f"  {line}" for line in (claim.refutation or "").splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Diagnostic:
    """One error in the user's source: where (1-based line and column), what, and how to mend it."""

    file: str
    line: int
    column: int
    end_column: int
    source_line: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        lines = [f"{self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source_line:
            gutter = f"{self.line:5} | "
            width = max(1, self.end_column - self.column)
            lines.append(gutter + self.source_line)
            lines.append(" " * 6 + "| " + " " * (self.column - 1) + "^" * width)
        if self.hint:
            lines.append(f"      hint: {self.hint}")
        return "\n".join(lines)


class LanguageError(TileworkError):
    """A program outside the language: every error found, each at the author's own line."""

    def __init__(self, diagnostics: Sequence[Diagnostic], function: str = ""):
        self.diagnostics = tuple(diagnostics)
        self.function = function
        super().__init__(self._text())

    def _text(self) -> str:
        count = sum(not it.message.startswith("note: ") for it in self.diagnostics)
        head = f"{count} error{'s' if count != 1 else ''}"
        if self.function:
            head += f" in '{self.function}'"
        return "\n\n".join([head, *(str(diagnostic) for diagnostic in self.diagnostics)])

    @classmethod
    def at_definition(cls, message: str, hint: str = "") -> LanguageError:
        """An error outside any traced function, at the caller's line outside this package."""
        import linecache

        frame = sys._getframe(1)
        while frame.f_back and frame.f_globals.get("__name__", "").startswith("tilework."):
            frame = frame.f_back
        file, line = frame.f_code.co_filename, frame.f_lineno
        text = linecache.getline(file, line).rstrip()
        column = len(text) - len(text.lstrip()) + 1
        return cls([Diagnostic(file, line, column, len(text) + 1, text, message, hint)])


class CompilerError(TileworkError):
    """A mistake of the compiler's own, with what is needed to reproduce it."""


class DescriptionError(TileworkError):
    """A number of a device that does not exist, or that the simulator can make nothing of."""


class DeadlockError(TileworkError):
    """A replay in which tasks wait for each other; the message says who waits for what."""
