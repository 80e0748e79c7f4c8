"""Whole decode steps, timed without their weights."""

from dataclasses import replace

import pytest
import tilework
import torch

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_32B, TINY_14B
from models.qwen3.model import (
    ModelWeights,
    decode_model,
    model_arguments,
    random_ends,
    with_cache_of_every_layer,
)
from models.qwen3.weights import random_weights, rope_tables


def record(program, config, weights, batch, device, **options):
    """The recording of a step; on "meta" only what control flow reads has values."""
    batch = replace(batch, k_cache=batch.k_cache.to(device), v_cache=batch.v_cache.to(device))
    rope = tuple(table.to(device) for table in rope_tables(config))
    tokens = torch.arange(config.batch, dtype=torch.int32)
    logits = torch.zeros(config.batch, config.vocabulary, device=device)
    with tilework.options(record=True, **options):
        program(*model_arguments(weights, rope, tokens, batch, logits))
    return program.last_run.recording


@pytest.mark.parametrize("active", [None, 5])
def test_a_step_is_timed_without_its_weights(active):
    config = TINY_14B
    program = decode_model(config)
    layers = [random_weights(config, seed) for seed in range(config.layers)]
    weights = ModelWeights.stack(layers, **random_ends(config))
    one = make_batch(config, ragged_lengths(config, active), 0)
    batch = with_cache_of_every_layer([one] * config.layers)
    expected = record(program, config, weights, batch, "cpu")
    absent = ModelWeights.on_meta(config)
    assert record(program, config, absent, batch, "meta") == expected
    assert record(program, config, absent, batch, "meta", threads=1) == expected


@pytest.mark.full
def test_a_model_larger_than_memory_is_timed():
    config = QWEN3_32B
    batch = make_batch(config, ragged_lengths(config), 0)
    shape = (config.layers * config.cache_rows, config.head_dim)
    caches = [torch.empty(shape, dtype=torch.bfloat16, device="meta") for _ in range(2)]
    batch = replace(batch, k_cache=caches[0], v_cache=caches[1])
    program, weights = decode_model(config), ModelWeights.on_meta(config)
    recording = record(program, config, weights, batch, "meta")
    assert sum(memory.size_bytes for memory in recording.memories) > 60e9
    assert recording.counts["tasks"] > 20_000
    assert recording.counts["bytes"] < 2 << 20
    assert program.last_run.cpu_seconds < 60
