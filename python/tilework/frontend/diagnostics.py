"""Collecting errors, so that one call reports all of them."""

from __future__ import annotations

from tilework.errors import Diagnostic, LanguageError


class Refusal(Exception):
    """A statement is outside the language; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic):
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Cascade(Exception):
    """A statement uses what an already reported statement should have defined."""


class Diagnostics:
    """The errors found so far, in order of discovery, each once."""

    def __init__(self) -> None:
        self.found: dict[Diagnostic, None] = {}
        self.reports = 0  # every report counts, of the same error too

    def add(self, diagnostic: Diagnostic) -> None:
        """Notes an error."""
        self.reports += 1
        self.found.setdefault(diagnostic)

    def raise_if_any(self, function: str) -> None:
        """Raises LanguageError with everything noted, in source order."""
        if self.found:
            ordered = sorted(self.found, key=lambda d: (d.file, d.line, d.column))
            raise LanguageError(ordered, function)
