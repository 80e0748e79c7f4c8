"""The layer as instructions of the simulated device: native bits in any legal order."""

import pytest
import tilework
import torch
from tilework.compiler.lowering import lower

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import random_weights, rope_tables


def run(layer, config, weights, batch, **options):
    """What a step writes: the output and both caches, as their bits."""
    own = batch.with_own_caches()
    out = torch.full_like(own.hidden, torch.nan)
    with tilework.options(**options):
        layer(*arguments(weights, rope_tables(config), own, out))
    return [array.view(torch.int16) for array in (out, own.k_cache, own.v_cache)]


def compare(config, active, seeds):
    layer, weights = decode_layer(config), random_weights(config, 0)
    batch = make_batch(config, ragged_lengths(config, active, 0), 0)
    fast = run(layer, config, weights, batch)
    for seed in seeds:
        exact = run(layer, config, weights, batch, exact=seed, check=seed == seeds[0])
        assert all(map(torch.equal, fast, exact)), f"seed {seed} gives other bits"


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
@pytest.mark.parametrize("active", [None, 5])
def test_every_interleaving_gives_the_bits_of_native_code(config, active):
    compare(config, active, range(6))


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
def test_both_vector_cores_work_for_every_kernel(config):
    batch = make_batch(config, ragged_lengths(config, None, 0), 0)
    operands = arguments(
        random_weights(config, 0), rope_tables(config), batch, torch.zeros_like(batch.hidden)
    )
    placed = str(lower(decode_layer(config).trace(*operands).module, "placed"))
    assert "core.vector_program lanes(2)" in placed
    assert "core.vector_program lanes(1)" not in placed


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_at_full_size(config):
    compare(config, None, range(4))
