"""What is known about run-time integers at compile time: linear forms over bounded unknowns.

A slice `x[:, n : n + 64]` has the size `(n + 64) - n`, which cancels to 64; it stays in bounds when
`n + 64 - extent` is at most zero for every value `n` can take. Nothing here knows MLIR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SUBSTITUTIONS = 4  # how often a proof may replace an unknown by what bounds it


@dataclass(eq=False)
class Atom:
    """An unknown integer with inclusive bounds, None where there is none.

    `upper` holds pairs (scale, linear) with `scale * atom <= linear`; `lower` likewise. An atom is
    `attained` when both bounds are values it really takes (a counter with static bounds), at the
    given depth of run-time conditions.
    """

    lowest: int | None = None
    highest: int | None = None
    upper: tuple[tuple[int, Linear], ...] = ()
    lower: tuple[tuple[int, Linear], ...] = ()
    attained: bool = False
    condition_depth: int = 0
    name: str = ""


@dataclass(frozen=True)
class Linear:
    """constant + sum of coefficient * atom."""

    constant: int = 0
    terms: tuple[tuple[Atom, int], ...] = ()

    @staticmethod
    def of(atom: Atom) -> Linear:
        """The atom itself."""
        return Linear(0, ((atom, 1),))

    @property
    def is_constant(self) -> bool:
        """True when no unknown is left."""
        return not self.terms

    def plus(self, other: Linear, scale: int = 1) -> Linear:
        """self + scale * other."""
        terms = dict(self.terms)
        for atom, coefficient in other.terms:
            terms[atom] = terms.get(atom, 0) + scale * coefficient
        kept = tuple((atom, value) for atom, value in terms.items() if value)
        return Linear(self.constant + scale * other.constant, kept)

    def minus(self, other: Linear) -> Linear:
        """self - other."""
        return self.plus(other, -1)

    def times(self, factor: int) -> Linear:
        """factor * self."""
        return Linear().plus(self, factor)

    def divided(self, divisor: int) -> Linear | None:
        """self // divisor, where that is a linear form again."""
        if self.constant % divisor or any(c % divisor for _, c in self.terms):
            return None
        terms = tuple((atom, c // divisor) for atom, c in self.terms)
        return Linear(self.constant // divisor, terms)


def highest(linear: Linear, substitutions: int = SUBSTITUTIONS) -> int | None:
    """The best provable upper bound, or None."""
    best = _interval_highest(linear)
    if not substitutions:
        return best
    for atom, coefficient in linear.terms:
        for scale, bound in atom.upper if coefficient > 0 else atom.lower:
            if coefficient % scale:
                continue
            replaced = linear.plus(Linear.of(atom), -coefficient)
            found = highest(replaced.plus(bound, coefficient // scale), substitutions - 1)
            if found is not None and (best is None or found < best):
                best = found
    return best


def lowest(linear: Linear) -> int | None:
    """The best provable lower bound, or None."""
    found = highest(linear.times(-1))
    return None if found is None else -found


def is_at_most_zero(linear: Linear, facts: Sequence[Linear] = ()) -> bool:
    """True when linear <= 0 follows; each fact is a linear form known to be at most zero."""
    for candidate in (linear, *(linear.minus(fact) for fact in facts)):
        bound = highest(candidate)
        if bound is not None and bound <= 0:
            return True
    return False


def attained_highest(linear: Linear, condition_depth: int) -> int | None:
    """The largest value the form really takes, or None when that is not known.

    Counters of nested loops vary independently; one inside a run-time condition that is deeper
    than its loop may not reach its bounds there.
    """
    for atom, _ in linear.terms:
        if not atom.attained or atom.condition_depth != condition_depth:
            return None
    return _interval_highest(linear)


def extreme_values(linear: Linear) -> dict[str, int]:
    """The named unknowns' values where the form is largest."""
    values: dict[str, int] = {}
    for atom, coefficient in linear.terms:
        value = atom.highest if coefficient > 0 else atom.lowest
        if atom.name and value is not None:
            values[atom.name] = value
    return values


def _interval_highest(linear: Linear) -> int | None:
    total = linear.constant
    for atom, coefficient in linear.terms:
        bound = atom.highest if coefficient > 0 else atom.lowest
        if bound is None:
            return None
        total += coefficient * bound
    return total
