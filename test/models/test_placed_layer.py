"""The layer as instructions of the simulated device: native bits in any legal order."""

import math
import re
from dataclasses import replace

import pytest
import tilework
import torch
from tilework import devices

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


def compare(config, active, seeds, device=None):
    layer, weights = decode_layer(config), random_weights(config, 0)
    batch = make_batch(config, ragged_lengths(config, active, 0), 0)
    fast = run(layer, config, weights, batch)
    for seed in seeds:
        exact = run(
            layer, config, weights, batch, exact=seed, check=seed == seeds[0], device=device
        )
        assert all(map(torch.equal, fast, exact)), f"seed {seed} gives other bits"


@pytest.mark.parametrize("device", devices.names())
@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
@pytest.mark.parametrize("active", [None, 5])
def test_every_interleaving_gives_the_bits_of_native_code(config, active, device):
    compare(config, active, range(6), device)


def few_iterations(config):
    """A layer with the tiles of the model, a few of each kind."""
    return replace(
        config, name=f"few-{config.name}", hidden=512, query_heads=2 * config.group, kv_heads=2,
        intermediate=512, vocabulary=1000, layers=1, max_context=256,
    )  # fmt: skip


@pytest.mark.parametrize("device", devices.names())
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_tiles_of_full_size(config, device):
    compare(few_iterations(config), None, range(4), device)


@pytest.mark.parametrize("device", devices.names())
def test_tiles_go_directly_where_the_device_has_a_path(device, tmp_path):
    config = few_iterations(QWEN3_32B)
    batch = make_batch(config, ragged_lengths(config, None, 0), 0)
    weights = random_weights(config, 0)
    run(decode_layer(config), config, weights, batch, exact=0, dump_streams=tmp_path, device=device)
    texts = [path.read_text() for path in tmp_path.glob("*.txt")]
    places = [place for text in texts for place in re.findall(r"^channel.* of (\w+)$", text, re.M)]
    assert len(places) >= 6
    direct = devices.load(device)["paths.cube_vector_direct"]
    assert all((place in ("ub", "l1")) == bool(direct) for place in places)
    receiving = set(re.findall(r"(\w+) pop ", "".join(texts)))
    assert receiving == ({"v", "mte1"} if direct else {"mte2"})


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
@pytest.mark.parametrize("device", devices.names())
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_at_full_size(config, device):
    compare(config, None, range(4), device)
