"""The judge passes the right answer and fails every wrong one it is there to catch."""

from dataclasses import replace

import pytest
import torch
from tiled_torch import run_layer

from models.qwen3 import weights as weights_module
from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B
from models.qwen3.judge import LayerResult, judge
from models.qwen3.weights import random_weights


@pytest.fixture(scope="module")
def batch(config):
    return make_batch(config, ragged_lengths(config, active=11, seed=10), seed=10)


@pytest.fixture(scope="module")
def right(batch, weights):
    return run_layer(batch, weights)


def copy(result):
    return LayerResult(result.hidden.clone(), result.k_cache.clone(), result.v_cache.clone())


@pytest.mark.parametrize("active", [0, 1, 7, 16])
def test_passes_the_tiled_algorithm(config, weights, active):
    batch = make_batch(config, ragged_lengths(config, active, seed=active), seed=active)
    report = judge(run_layer(batch, weights), batch, weights)
    assert report.passed, str(report)


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_passes_the_tiled_algorithm_at_full_width(config):
    weights = random_weights(config)
    batch = make_batch(config, ragged_lengths(config, active=13))
    report = judge(run_layer(batch, weights), batch, weights)
    assert report.passed, str(report)


@pytest.mark.parametrize("name", ["input_norm", "post_norm", "q_norm", "k_norm"])
def test_fails_a_norm_without_its_weight(batch, weights, name):
    flat = replace(weights, **{name: torch.ones_like(getattr(weights, name))})
    assert not judge(run_layer(batch, flat), batch, weights).passed


def test_fails_a_norm_two_percent_off(batch, weights):
    off = replace(weights, input_norm=weights.input_norm * 1.02)
    assert not judge(run_layer(batch, off), batch, weights).passed


def test_fails_a_token_left_out_of_one_row(batch, weights, right):
    row = max(batch.active_rows, key=lambda row: int(batch.seq_lens[row]))
    lengths = batch.seq_lens.clone()
    lengths[row] -= batch.config.page_size
    short = run_layer(replace(batch, seq_lens=lengths), weights)
    mixed = copy(right)
    mixed.hidden[row] = short.hidden[row]
    assert not judge(mixed, batch, weights).passed


def test_fails_rope_at_the_next_position(batch, weights, monkeypatch):
    cos, sin = weights_module.rope_tables(batch.config)
    monkeypatch.setattr("tiled_torch.rope_tables", lambda _: (cos.roll(-1, 0), sin.roll(-1, 0)))
    assert not judge(run_layer(batch, weights), batch, weights).passed


def test_fails_a_single_wrong_element(batch, weights, right):
    wrong = copy(right)
    wrong.hidden[batch.active_rows[0], 17] += 0.25
    assert not judge(wrong, batch, weights).passed


def test_fails_nan(batch, weights, right):
    wrong = copy(right)
    wrong.hidden[batch.active_rows[0], 0] = torch.nan
    assert not judge(wrong, batch, weights).passed


def test_fails_two_exchanged_cache_rows(batch, weights, right):
    wrong = copy(right)
    rows = batch.new_cache_rows(batch.active_rows[0])[:2]
    wrong.k_cache[rows] = wrong.k_cache[rows.flip(0)]
    assert not judge(wrong, batch, weights).passed


def test_names_a_cache_row_that_was_not_ours_to_write(batch, weights, right):
    wrong = copy(right)
    row = int(batch.new_cache_rows(batch.active_rows[0])[0]) ^ 1
    wrong.v_cache[row, 5] = 1.0 if wrong.v_cache[row, 5] != 1.0 else 2.0
    report = judge(wrong, batch, weights)
    assert not report.passed
    assert f"1 other rows changed, row {row} the first" in str(report)


def test_names_an_inactive_row_that_was_written(batch, weights, right):
    wrong = copy(right)
    row = int((batch.seq_lens == 0).nonzero()[0])
    wrong.hidden[row, 3] = torch.nan
    report = judge(wrong, batch, weights)
    assert not report.passed and f"values in rows [{row}]" in str(report)


def test_report_reads_well(batch, weights, right):
    lines = str(judge(right, batch, weights)).splitlines()
    assert lines[0] == "errors against float32: ours (transformers bf16)"
    assert [line.split()[0] for line in lines[1:4]] == ["hidden", "keys", "values"]
    assert lines[-1] == "passed"
