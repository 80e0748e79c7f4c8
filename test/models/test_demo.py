"""What the demo prints, of the small layer."""

import pytest
from click.testing import CliRunner
from tilework.tools import demo


def run(*arguments):
    return CliRunner().invoke(demo.main, ["--config", "tiny", *arguments])


def test_the_demo_compares_a_step_with_transformers():
    result = run("--active", "3", "--verify")
    assert result.exit_code == 0, result.output
    for part in ("3 of 16 rows", "compiled in", "transformers eager bf16", "best of 3",
                 "equal to the reference interpreter", "passed"):  # fmt: skip
        assert part in " ".join(result.output.split())


def test_what_takes_long_is_not_repeated(monkeypatch):
    monkeypatch.setattr(demo, "PATIENCE_SECONDS", 0)
    assert "one run" in run("--no-judge").output


@pytest.mark.parametrize("arguments", [("--config", "7b"), ("--active", "-1"), ("--threads", "0")])
def test_wrong_options_are_refused(arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.output
