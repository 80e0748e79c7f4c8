"""The layer as instructions of the simulated device: native bits in any legal order."""

import math
import re

import pytest
import tilework
import torch

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


def elements_by_unit(stream):
    """The elements that the vector instructions of a written stream work on, by unit."""
    elements = {}
    for line in map(str.strip, stream.splitlines()):
        if line in ("cube", "vector 0", "vector 1"):
            unit = elements.setdefault(line, [])
        elif line.startswith(("v vector_", "v move ")):
            shapes = re.findall(r"\[([\dx]+)[:\]]", line)
            unit.append(max(math.prod(map(int, shape.split("x"))) for shape in shapes))
    return {unit: sum(counts) for unit, counts in elements.items() if counts}


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
def test_vector_cores_share_the_work_of_every_kernel(config, tmp_path):
    batch = make_batch(config, ragged_lengths(config, None, 0), 0)
    run(
        decode_layer(config), config, random_weights(config, 0), batch,
        exact=0, dump_streams=tmp_path,
    )  # fmt: skip
    works = [elements_by_unit(path.read_text()) for path in sorted(tmp_path.glob("*.txt"))]
    works = [work for work in works if work]
    assert len(works) >= 6
    for work in works:  # of five rows one has three
        assert max(work.values()) <= 0.6 * sum(work.values())


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_at_full_size(config):
    compare(config, None, range(4))
