"""Flags of random programs, judged by unrolling them: no hazard, no deadlock, none too many."""

from flags_harness import insert_flags, judge, unroll
from flags_programs import programs
from hypothesis import given, settings
from tilework.compiler.context import make_context

CONTEXT = make_context()
SCALARS = [
    {2: n0, 3: n1, 4: p0, 5: p1}
    for n0, n1, p0, p1 in [
        (3, 5, 1, 0),
        (5, 2, 0, 1),
        (0, 3, 1, 1),
        (1, 1, 0, 0),
        (2, 0, 1, 0),
        (4, 4, 1, 1),
    ]
]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_orders_every_hazard(text):
    module = insert_flags(text, CONTEXT)
    for scalars in SCALARS:
        for stream in unroll(module, scalars):
            assert not judge(stream)
