"""What the reference interpreter refuses, with the source line that asked for it."""

from __future__ import annotations

from tilework.errors import TileworkError


class ExecutionError(TileworkError):
    """An execution that has no meaning. `location` is `file:line:col`, `scope` the task's name.

    Raised by a meaning without a place; the interpreter adds the place of the operation.
    """

    def __init__(self, message: str, location: str | None = None, scope: str | None = None):
        super().__init__(message)
        self.message = message
        self.location = location
        self.scope = scope

    def __str__(self) -> str:
        scope = "" if self.scope is None else f"in scope '{self.scope}': "
        return f"{self.location or 'unknown location'}: {scope}{self.message}"


class UndefinedError(ExecutionError):
    """An undefined element reaches a caller's array, an address, a trip count or a condition."""


class CheckError(ExecutionError):
    """A `tile.check` does not hold. `values` are its operands."""

    def __init__(self, message: str, values: tuple[int, ...]):
        super().__init__(message)
        self.values = values


class RegionError(ExecutionError):
    """A task touches what its region program did not declare."""
