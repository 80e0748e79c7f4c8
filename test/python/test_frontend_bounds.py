"""What the frontend proves about offsets, against counting."""

from itertools import product

import pytest
from tilework.frontend.bounds import (
    Atom,
    Linear,
    attained_highest,
    highest,
    is_at_most_zero,
    lowest,
)


def atom(low, high, **known):
    return Atom(low, high, **known)


def test_terms_cancel():
    n = Linear.of(atom(0, None))
    assert n.plus(Linear(64)).minus(n) == Linear(64)
    assert n.times(128).divided(64) == n.times(2)
    assert n.times(3).divided(2) is None


def test_bounds_are_those_of_counting():
    a, b = atom(-3, 5), atom(2, 4)
    form = Linear.of(a).times(7).plus(Linear.of(b), -2).plus(Linear(1))
    values = [7 * x - 2 * y + 1 for x, y in product(range(-3, 6), range(2, 5))]
    assert (lowest(form), highest(form)) == (min(values), max(values))


def test_unbounded_is_unknown():
    form = Linear.of(atom(0, None))
    assert lowest(form) == 0
    assert highest(form) is None
    assert not is_at_most_zero(form)


def test_a_minimum_is_at_most_either_side():
    n = Linear.of(atom(0, 64))
    rest = Linear(100).minus(n)
    least = Linear.of(Atom(36, 64, upper=((1, Linear(64)), (1, rest))))
    assert is_at_most_zero(n.plus(least).minus(Linear(100)))
    assert not is_at_most_zero(n.plus(least).minus(Linear(99)))


@pytest.mark.parametrize("length", [1, 127, 128, 129, 1000])
def test_a_quotient_remembers_what_it_came_from(length):
    total = Linear.of(atom(None, None))
    pages = Linear.of(Atom(upper=((128, total.plus(Linear(127))),), lower=((128, total),)))
    page = Linear.of(Atom(0, None, upper=((1, pages.minus(Linear(1))),)))
    last = (length + 127) // 128 - 1
    assert length - 128 * last >= 1
    assert is_at_most_zero(page.times(128).minus(total).plus(Linear(1)))


def test_facts_help():
    length = Linear.of(atom(None, None))
    is_positive = Linear(1).minus(length)
    assert is_at_most_zero(Linear(1).minus(length), [is_positive])
    assert not is_at_most_zero(Linear(2).minus(length), [is_positive])


def test_only_attained_bounds_refute():
    counter = atom(0, 64, attained=True, condition_depth=1)
    form = Linear.of(counter).plus(Linear(-36))
    assert attained_highest(form, 1) == 28
    assert attained_highest(form, 2) is None
    assert attained_highest(form.plus(Linear.of(atom(0, 9))), 1) is None
