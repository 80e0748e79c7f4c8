"""Random programs with random claims: false ones are refuted, true ones are not."""

import pytest
from claim_programs import judge, make_program, make_table

PROGRAMS, TABLES = 12, 8  # a thousand: ./dev bench claims


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_exactly_false_claims_are_refuted(seed, tmp_path):
    tables = [make_table(seed + 1000 * i) for i in range(TABLES)]
    path = tmp_path / f"claims_{seed}.py"
    for false, refuted, is_refused in judge(make_program(seed), tables, path):
        assert refuted == false
        assert false or not is_refused
