"""Rectangles of a kernel's arguments: what it declared, and whether it keeps to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tilework.reference.errors import RegionError

READ, WRITE = 1, 2  # the enum Direction of the task dialect is their sum

Bounds = tuple[tuple[int, int], ...]  # of a rectangle, per dimension: first and past the last


@dataclass(frozen=True)
class Window:
    """A rectangle of the argument at a position. `dims` are the dimensions that the tensor still
    has, of the argument's; `is_all` says that it is the argument with nothing cut off."""

    argument: int
    bounds: Bounds
    dims: tuple[int, ...]
    is_all: bool = False

    def narrowed(self, part: Sequence[slice], shape: Sequence[int]) -> Window:
        """The window of a slice of shape `shape`, where unit dimensions may be gone."""
        bounds, kept = list(self.bounds), []
        for dim, cut in zip(self.dims, part, strict=True):
            start = self.bounds[dim][0]
            bounds[dim] = (start + cut.start, start + cut.stop)
            if len(kept) < len(shape) and shape[len(kept)] == cut.stop - cut.start:
                kept.append(dim)
        return Window(self.argument, tuple(bounds), tuple(kept))


def whole(argument: int, shape: Sequence[int]) -> Window:
    """All of an argument."""
    return Window(argument, tuple((0, n) for n in shape), tuple(range(len(shape))), is_all=True)


@dataclass
class Regions:
    """What a task declared: rectangles, each with a direction and the argument's position."""

    names: tuple[str, ...]  # of the arguments
    declared: list[tuple[int, int, Bounds]] = field(default_factory=list)

    def declare(self, direction: int, argument: int, bounds: Bounds) -> None:
        """Adds a rectangle."""
        self.declared.append((direction, argument, bounds))

    def touch(self, direction: int, window: Window) -> None:
        """Refuses to read or write what was not declared."""
        rest = [window.bounds] if all(first < last for first, last in window.bounds) else []
        for declared, argument, bounds in self.declared:
            if rest and declared & direction and argument == window.argument:
                rest = [piece for whole in rest for piece in _without(whole, bounds)]
        if rest:
            verb = "read" if direction == READ else "write"
            raise RegionError(
                f"expects a task to {verb} only what it declares of "
                f"'{self.names[window.argument]}', but got {_described(rest[0])}; it declares "
                f"{self._declarations(direction, window.argument)}"
            )

    def _declarations(self, direction: int, argument: int) -> str:
        mine = [b for d, a, b in self.declared if d & direction and a == argument]
        return ", ".join(map(_described, mine)) or "nothing"


def _without(bounds: Bounds, cut: Bounds) -> list[Bounds]:
    """What is left of a rectangle without another one, in pieces that do not overlap."""
    common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(bounds, cut, strict=True)]
    if any(first >= last for first, last in common):
        return [bounds]
    pieces = []
    for dim, (first, last) in enumerate(common):
        start, end = bounds[dim]
        for piece in ((start, first), (last, end)):
            if piece[0] < piece[1]:
                pieces.append((*common[:dim], piece, *bounds[dim + 1 :]))
    return pieces


def _described(bounds: Bounds) -> str:
    return "[" + ", ".join(f"{first}:{last}" for first, last in bounds) + "]"
