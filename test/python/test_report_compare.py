"""Two runs side by side, and what-ifs: which combinations there are."""

import pytest
from report_harness import CUBE, VECTOR, run_of, task
from tilework.report import Comparison, summarize
from tilework.report.sweep import Point, combinations, values_of
from tilework.report.tables import comparison_tables, sweep_table

SLOW = task(CUBE, 1, 1, 1, 3, 3, 18, 20)
FAST = task(CUBE, 1, 1, 1, 3, 3, 8, 10)


def compared(*tables):
    return {it.title: [tuple(cell.text for cell in row) for row in it.rows] for it in tables}


def test_figures_stand_side_by_side_with_their_change():
    before = summarize(run_of(SLOW))
    after = summarize(run_of(FAST, task(VECTOR, 2, 2, 2, 3, 3, 5, 6, group=1)))
    found = compared(*comparison_tables(Comparison(before, after)))
    assert ("time", "20.0 us", "10.0 us", "-50.0 %") in found["run"]
    assert ("tasks", "1", "2", "+100.0 %") in found["run"]
    assert ("cubes busy", "37.5 %", "25.0 %", "-12.5 points") in found["run"]
    assert found["scopes, mean task"] == [
        ("product", "15.0 us", "5.0 us", "-66.7 %"),
        ("sum", "", "2.0 us", "new"),
    ]
    assert ("dispatch", "2.0 us", "2.0 us", "=") in found["time on the critical path"]
    assert "before: model on a2a3" in str(Comparison(before, after))


def test_says_where_more_cores_need_not_have_been_slower():
    fast, slow = summarize(run_of(FAST)), summarize(run_of(SLOW))
    assert "another order may fit worse" in str(Comparison(fast, slow))
    assert "another order" not in str(Comparison(slow, fast))
    more = summarize(run_of(SLOW, task(VECTOR, 2, 2, 2, 3, 3, 5, 6, group=1)))
    assert not Comparison(fast, more).anomaly  # other tasks


@pytest.mark.parametrize(
    "text, values",
    [
        ("2e12", [2e12]),
        ("1,2.5", [1, 2.5]),
        ("16:48:8", [16, 24, 32, 40, 48]),
        ("0:1:0.1", [number / 10 for number in range(11)]),
        ("1:2:3", [1]),
    ],
)
def test_values_are_lists_or_ranges_with_both_ends(text, values):
    assert values_of(text) == pytest.approx(values)


@pytest.mark.parametrize("text", ["", "a", "1:2", "2:1:1", "1:2:0", "1,,2", "nan:1:1"])
def test_other_values_are_refused(text):
    with pytest.raises(ValueError):
        values_of(text)


def test_combinations_are_of_one_value_each():
    found = combinations({"a": [1, 2], "b": [3, 4]})
    assert found == [{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4}]


def test_a_table_has_a_line_per_combination_and_says_what_failed():
    points = [
        Point({"cores.groups": 2}, summarize(run_of(SLOW))),
        Point({"cores.groups": 4}, summarize(run_of(FAST))),
        Point({"cores.groups": 0}, None, "no cores"),
    ]
    rows = [[cell.text for cell in row] for row in sweep_table(points).rows]
    assert [row[:3] for row in rows] == [
        ["2", "20.0 us", "1"],
        ["4", "10.0 us", "0.5"],
        ["0", "", ""],
    ]
    assert rows[2][-1] == "no cores"
