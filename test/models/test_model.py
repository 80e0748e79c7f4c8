"""Whole decode steps: every layer, and the LM head, before transformers and on the device."""

import pytest
import tilework
import torch

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import TINY_14B, TINY_32B
from models.qwen3.judge import TOLERANCE, Errors
from models.qwen3.model import (
    ModelWeights,
    decode_model,
    model_arguments,
    random_ends,
    with_cache_of_every_layer,
)
from models.qwen3.reference import reference_logits
from models.qwen3.weights import random_weights, rope_tables


class Step:
    """A decode step of a small model: its weights, and a batch with caches of every layer."""

    def __init__(self, config, active):
        self.config = config
        self.layers = [random_weights(config, seed) for seed in range(config.layers)]
        self.ends = random_ends(config)
        lengths = ragged_lengths(config, active)
        self.batches = [make_batch(config, lengths, 0)]
        for seed in range(1, config.layers):  # the same pages, other tokens in them
            other = make_batch(config, lengths, 0)
            for cache in (other.k_cache, other.v_cache):
                cache.copy_(cache.roll(seed, 1))
            self.batches.append(other)
        generator = torch.Generator().manual_seed(5)
        shape = (config.batch,)
        self.tokens = torch.randint(config.vocabulary, shape, generator=generator).to(torch.int32)

    def run(self, **options):
        """The logits, and both caches of all layers."""
        batch = with_cache_of_every_layer(self.batches)
        logits = torch.full((self.config.batch, self.config.vocabulary), torch.nan)
        weights = ModelWeights.stack(self.layers, **self.ends)
        rope = rope_tables(self.config)
        with tilework.options(**options):
            decode_model(self.config)(*model_arguments(weights, rope, self.tokens, batch, logits))
        return logits, batch.k_cache.view(torch.int16), batch.v_cache.view(torch.int16)

    def reference(self, dtype):
        return reference_logits(self.layers, **self.ends, tokens=self.tokens,
                                batches=self.batches, dtype=dtype).float()  # fmt: skip


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
@pytest.mark.parametrize("active", [1, 11, 16])
def test_predicts_like_transformers(config, active):
    step = Step(config, active)
    logits, _, _ = step.run()
    truth = step.reference(torch.float32)
    ours = Errors.between(logits[step.batches[0].active_rows], truth)
    theirs = Errors.between(step.reference(torch.bfloat16), truth)
    assert ours.largest <= TOLERANCE * theirs.largest
    assert ours.mean <= TOLERANCE * theirs.mean


def test_gives_native_bits_instruction_by_instruction():
    step = Step(TINY_14B, 5)
    fast = step.run()
    for seed in range(3):
        assert all(map(torch.equal, fast, step.run(exact=seed, check=seed == 0)))
