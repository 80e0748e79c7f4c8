"""What the judges make of good artefacts that were broken in every way."""

import json
import subprocess
import tempfile
from pathlib import Path

from rich.table import Table
from tilework.tools.bench.measure import console, newest_built

JUDGES = {  # the tests that break what a judge accepts
    "lib/Runtime/Check, on instruction streams": "lib/Runtime/tests/Check/CheckTests",
    "lib/Planning/VerifyPlacement, on placements": "test/Planning/PlanningTests",
}
PREFIX = "mutant: "
TEST = "every_harmful_mutant_is_reported_and_no_other"
COLUMNS = ("mutants", "harmful", "reported", "missed", "good ones refused")


def scores_of(program: Path) -> dict[str, list[int]]:
    """Of each kind of mutant the counts of `COLUMNS`, as test/MutationScores.h records them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        options = (f"--gtest_filter=Mutation.{TEST}", f"--gtest_output=json:{report}")
        subprocess.run([program, *options], capture_output=True)  # may fail: the table shows why
        (suite,) = json.loads(report.read_text())["testsuites"]
    (test,) = suite["testsuite"]
    return {
        key.removeprefix(PREFIX): [int(count) for count in counts.split()]
        for key, counts in test.items()
        if key.startswith(PREFIX)
    }


def bench_mutants() -> None:
    """Mutants of each kind: those that do harm by an oracle, and those a judge reports."""
    for judge, program in JUDGES.items():
        table = Table("mutant", title=judge)
        for column in COLUMNS:
            table.add_column(column, justify="right")
        scores = scores_of(newest_built(program))
        for kind, counts in scores.items():
            table.add_row(kind, *(f"{count:,}" for count in counts))
        sums = map(sum, zip(*scores.values(), strict=True))
        table.add_section()
        table.add_row("all", *(f"{count:,}" for count in sums))
        console.print(table)
