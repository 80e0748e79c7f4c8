"""Recordings of the layer."""

from dataclasses import fields, replace

import pytest
import tilework
import torch

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import LayerWeights, random_weights, rope_tables


def record(layer, config, weights, batch, **options):
    own = batch.with_own_caches()
    out = torch.zeros_like(own.hidden)
    with tilework.options(record=True, **options):
        layer(*arguments(weights, rope_tables(config), own, out))
    return layer.last_run.recording


def time_only(layer, config, weights, batch, **options):
    """The recording that a run makes which has the control data of the batch alone."""
    own = replace(
        batch,
        hidden=batch.hidden.to("meta"),
        k_cache=batch.k_cache.to("meta"),
        v_cache=batch.v_cache.to("meta"),
    )
    names = [field.name for field in fields(LayerWeights)]
    absent = LayerWeights(**{name: getattr(weights, name).to("meta") for name in names})
    rope = tuple(table.to("meta") for table in rope_tables(config))
    with tilework.options(**options):
        layer(*arguments(absent, rope, own, torch.zeros_like(own.hidden)))
    return layer.last_run.recording


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
@pytest.mark.parametrize("active", [None, 5])
def test_every_run_leaves_the_same_bytes(config, active):
    layer, weights = decode_layer(config), random_weights(config, 0)
    batch = make_batch(config, ragged_lengths(config, active, 0), 0)
    first = record(layer, config, weights, batch)
    for options in ({"threads": 1}, {"threads": 4, "order_seed": 7}, {"exact": 5}):
        assert record(layer, config, weights, batch, **options) == first
    for options in ({}, {"threads": 1}, {"threads": 4, "order_seed": 7}):
        assert time_only(layer, config, weights, batch, **options) == first
    names = [memory.name for memory in first.memories]
    assert names[:3] == ["hidden", "input_norm", "wq"]
    assert {"queries", "keys", "values", "attended"} < set(names)


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_a_layer_at_full_size_takes_less_than_a_megabyte(config):
    batch = make_batch(config, ragged_lengths(config, None, 0), 0)
    layer, weights = decode_layer(config), random_weights(config, 0)
    recording = record(layer, config, weights, batch)
    assert time_only(layer, config, weights, batch) == recording
    assert recording.counts["executed"] > 400_000
    assert recording.counts["bytes"] < 1 << 20
