"""No flag of the layers' kernels is redundant: without any one of them, some hazard is not ordered.

The judge reads the instructions that kernels execute, and knows nothing of the pass that inserted
the flags.
"""

from dataclasses import replace

import pytest
import torch
from tilework.tools.bench.flags import CONTEXT, is_ordered, redundant_flags, streams_of

from models.qwen3.batch import make_batch
from models.qwen3.config import QWEN3_14B, QWEN3_32B
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import random_weights, rope_tables


def expect_no_redundant_flag(config):
    batch = make_batch(config, [CONTEXT] + [0] * (config.batch - 1), seed=0)
    weights, out = random_weights(config, 0), torch.zeros_like(batch.hidden)
    operands = arguments(weights, rope_tables(config), batch, out)
    streams = streams_of(decode_layer(config), operands)
    assert len({kernel for kernel, _ in streams}) >= 9
    for place, stream in streams.items():
        assert is_ordered(stream), f"a hazard in {place}"
        assert not redundant_flags(stream), f"redundant flags in {place}"


@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_tiles_of_full_size(config):
    """A few tiles of each kind, so many that each slot is used again."""
    few = replace(
        config, name=f"some-{config.name}", hidden=1024, query_heads=2 * config.group, kv_heads=2,
        intermediate=1024, vocabulary=1000, layers=1, max_context=CONTEXT,
    )  # fmt: skip
    expect_no_redundant_flag(few)


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_at_full_size(config):
    expect_no_redundant_flag(config)
