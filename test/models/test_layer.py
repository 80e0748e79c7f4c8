"""The compiled layer, on the simulated device, before the judge."""

import pytest
import torch

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B
from models.qwen3.judge import LayerResult, judge
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import random_weights, rope_tables


def run(layer, batch, weights):
    """One decode step on copies of the caches, into an output full of NaN."""
    own = batch.with_own_caches()
    out = torch.full_like(own.hidden, torch.nan)
    layer(*arguments(weights, rope_tables(batch.config), own, out))
    return LayerResult(out, own.k_cache, own.v_cache)


@pytest.fixture(scope="module")
def layer(config):
    return decode_layer(config)


@pytest.mark.parametrize("active", [0, 1, 7, 16])
def test_decodes_like_transformers(config, weights, layer, active):
    batch = make_batch(config, ragged_lengths(config, active, seed=active), seed=active)
    report = judge(run(layer, batch, weights), batch, weights)
    assert report.passed, str(report)


@pytest.mark.parametrize("length", [1, 2, 127, 128, 129, 255, 256, 384])
def test_decodes_at_the_edges_of_a_page(config, weights, layer, length):
    batch = make_batch(config, [length] * config.batch, seed=length)
    report = judge(run(layer, batch, weights), batch, weights)
    assert report.passed, str(report)


def test_gives_the_same_bits_twice(config, weights, layer):
    batch = make_batch(config, ragged_lengths(config, seed=4), seed=4)
    first, second = run(layer, batch, weights), run(layer, batch, weights)
    for name in ("hidden", "k_cache", "v_cache"):
        bits = (getattr(result, name).view(torch.int16) for result in (first, second))
        assert torch.equal(*bits)


@pytest.mark.parametrize("columns, depth", [(16, 16), (512, 64)])
def test_any_tiles_give_the_right_answer(config, weights, columns, depth):
    batch = make_batch(config, ragged_lengths(config, active=4, seed=6), seed=6)
    layer = decode_layer(config.with_tiles(columns, depth))
    report = judge(run(layer, batch, weights), batch, weights)
    assert report.passed, str(report)


@pytest.mark.full
@pytest.mark.parametrize("active", [13, 16])
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_decodes_at_full_width(config, active):
    weights = random_weights(config)
    batch = make_batch(config, ragged_lengths(config, active, seed=active), seed=active)
    report = judge(run(decode_layer(config), batch, weights), batch, weights)
    assert report.passed, str(report)
