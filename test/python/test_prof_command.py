"""The command `tile-prof`, as a person calls it."""

import json

import pytest
from click.testing import CliRunner
from recording_builder import CUBE, VECTOR_0, VECTOR_1, Builder, Kind
from recording_format import Opcode
from tilework.tools.prof import main


def recorded(path, products):
    """Products of 256 kB each, then a sum that waits for all of them."""
    it = Builder()
    weights = it.memory("weights", products << 18)
    total = it.memory("total", 65536)
    kind = Kind(cube=True, name="product")
    for number in range(products):
        task = it.task(kind)
        task[CUBE].load(weights + (number << 18), [512, 256])
        task[CUBE].mmad(16, 256, 256)
    task = it.task(Kind(lanes=2, name="sum"), after=range(products))
    for lane in (VECTOR_0, VECTOR_1):
        task[lane].vector(Opcode.UNARY, [8, 64])
        task[lane].store(total, [8, 64])
    it.recording().save(path)
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("recordings") / "run.rec", 8)


def call(*arguments):
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result


def printed(*arguments):
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(*arguments):
    result = call(*arguments)
    assert result.exit_code != 0
    return result.output.splitlines()[-1]


def test_a_summary_answers_each_question(recording):
    text = printed(recording)
    for part in ("of the bound", "why it takes", "what binds when", "scopes", "critical path"):
        assert part in text
    assert "9 tasks" in text and "weights" in text and "test.py:1" in text


def test_json_is_the_same_findings(recording):
    found = json.loads(printed(recording, "--json"))
    assert found["tasks"] == 9 and found["compulsory_bytes"] == (8 << 18) + 2048
    assert sum(it["time"] for it in found["reasons"]) == pytest.approx(
        found["makespan"] - found["bound"], abs=100
    )


def test_what_if_is_a_value_for_an_entry(recording):
    slow = json.loads(printed(recording, "--json", "--set", "hbm.bandwidth=1e10"))
    few = json.loads(printed(recording, "--json", "--cores", "1"))
    found = json.loads(printed(recording, "--json"))
    assert slow["makespan"] > found["makespan"] and few["makespan"] > found["makespan"]
    assert few["cubes"]["cores"] == 1 and few["changes"] == {"cores.groups": 1}
    assert "times as fast as on the device as it is described" in printed(recording, "--cores", 1)


def test_several_values_are_a_table(recording, tmp_path):
    axes = ("--set", "hbm.bandwidth=1e10,1e12", "--cores", "1:2:1")
    points = json.loads(printed(recording, "--json", *axes))
    assert [it["changes"] for it in points] == [
        {"hbm.bandwidth": bandwidth, "cores.groups": cores}
        for bandwidth in (1e10, 1e12)
        for cores in (1, 2)
    ]
    alone = json.loads(printed(recording, "--json", "--set", "hbm.bandwidth=1e12", "--cores", "2"))
    assert points[3]["makespan"] == alone["makespan"]
    assert "hbm.bandwidth" in printed(recording, *axes, "--html", tmp_path / "sweep.html")
    assert "what if, as a plot" in (tmp_path / "sweep.html").read_text()


def test_a_combination_that_makes_no_sense_is_a_line(recording):
    text = printed(recording, "--set", "clock.core_hz=0,1e9")
    assert "clock.core_hz" in text and "1e+09" in text


def test_two_recordings_stand_side_by_side(recording, tmp_path):
    other = recorded(tmp_path / "other.rec", 4)
    text = printed(recording, "--compare", other, "--html", tmp_path / "both.html")
    assert "before" in text and "+80.0 %" in text  # 9 tasks instead of 5
    assert "timeline of after" in (tmp_path / "both.html").read_text()


def test_pages_and_traces_are_written(recording, tmp_path):
    page, trace = tmp_path / "run.html", tmp_path / "run.json"
    printed(recording, "--html", page, "--trace", trace, "--instructions")
    assert "inside of one task of each scope" in page.read_text()
    names = {it["name"] for it in json.loads(trace.read_text())["traceEvents"]}
    assert {"product test.py:1", "dma_load test.py:1", "mmad test.py:1"} <= names


def test_a_task_and_the_entries_can_be_listed(recording):
    assert "dma_load" in printed(recording, "--show", 0)
    assert "hbm.bandwidth = 1.6e+12" in printed(recording, "--entries")
    assert "bandwidth.l1_to_l0a = 512" in printed(
        recording, "--entries", "--profile", "vendor-optimistic"
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--set", "hbm.bandwith=1"), "expects one of its entries, but got 'hbm.bandwith'"),
        (("--set", "hbm.bandwidth=fast"), "expects NAME=VALUES"),
        (("--cores", "1.5"), "expects whole numbers, as 32 or 16:48:8, but got '1.5'"),
        (("--device", "a7"), "expects a device of a2a3, a5, but got 'a7'"),
        (("--profile", "best"), "expects a profile of device-fit, vendor-optimistic"),
        (("--show", "9"), "expects a task below 9, but got 9"),
        (("--cores", "1,2", "--trace", "x.json"), "--trace expects one value for each entry"),
    ],
)
def test_refusals_are_one_plain_sentence(recording, arguments, message):
    assert message in refusal(recording, *arguments)


def test_a_file_that_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "x.rec"
    path.write_bytes(b"nothing")
    assert refusal(path).startswith("Error: ")
