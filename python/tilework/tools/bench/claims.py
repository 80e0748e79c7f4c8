"""Random programs with random claims, by the thousand: how many verdicts are right."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tilework.tools.bench.measure import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "test" / "python"))  # has the programs, and what is true of them

PROGRAMS, TABLES = 100, 10


def bench_claims() -> None:
    """A hundred programs on ten tables each: claims that are false, and those that are not."""
    from claim_programs import judge, make_program, make_table

    counts: Counter[str] = Counter()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(PROGRAMS):
            tables = [make_table(seed + 1000 * i) for i in range(TABLES)]
            path = Path(folder) / f"claims_{seed}.py"
            for false, refuted, is_refused in judge(make_program(seed), tables, path):
                counts["runs"] += 1
                counts["false claims"] += len(false)
                counts["false claims refuted"] += len(false & refuted)
                counts["true claims refuted"] += len(refuted - false)
                counts["runs with a false claim"] += bool(false)
                counts["refused by the compiler"] += is_refused
                counts["refused though all are true"] += is_refused and not false
    for what, count in counts.items():
        print(f"{what:30}{count:8}")
    print(f"{'seconds':30}{time.perf_counter() - begin:8.0f}")
