from dataclasses import replace

import pytest
from transformers import Qwen3Config

from models.qwen3.config import CONFIGS, QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B
from models.qwen3.reference import transformers_config


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_tiles_divide_every_dimension(config):
    for extent in (config.hidden, config.query_width, config.kv_width, config.intermediate):
        for tile in (config.column_tile(extent), config.depth_tile(extent)):
            assert extent % tile == 0 and tile % 16 == 0 and tile > 0
        assert config.column_tile(extent) <= config.column_tile_limit
        assert config.depth_tile(extent) <= config.depth_tile_limit


def test_full_size_models_get_the_tiles_asked_for():
    for config in (QWEN3_14B, QWEN3_32B):
        for extent in (config.hidden, config.query_width, config.intermediate):
            assert config.column_tile(extent) == 256 and config.depth_tile(extent) == 128
    assert QWEN3_14B.with_tiles(512, 64).column_tile(5120) == 512


def test_published_dimensions():
    assert (QWEN3_14B.query_width, QWEN3_14B.kv_width, QWEN3_14B.group) == (5120, 1024, 5)
    assert (QWEN3_32B.query_width, QWEN3_32B.kv_width, QWEN3_32B.group) == (8192, 1024, 8)
    assert QWEN3_14B.blocks_per_sequence == 32


def test_small_configurations_keep_the_group_of_the_large_ones():
    assert TINY_14B.group == QWEN3_14B.group
    assert TINY_32B.group == QWEN3_32B.group


def test_transformers_reads_our_dimensions():
    settings = transformers_config(QWEN3_14B)
    assert isinstance(settings, Qwen3Config)
    assert settings.num_attention_heads * settings.head_dim == QWEN3_14B.query_width
    assert settings.rope_parameters["rope_theta"] == 1e6
    assert settings.layer_types == ["full_attention"]
    assert not settings.attention_bias


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hidden": 5000}, "expects hidden to be a multiple of 16, but got 5000"),
        (
            {"query_heads": 41},
            r"expects query_heads to be a multiple of kv_heads \(8\), but got 41",
        ),
        (
            {"max_context": 100},
            r"expects max_context to be a multiple of page_size \(128\), but got",
        ),
        ({"head_dim": 80}, "expects head_dim to be a multiple of 32, but got 80"),
        ({"batch": 0}, "expects batch to be above 0, but got 0"),
        ({"depth_tile_limit": 8}, "expects depth_tile_limit to be a multiple of 16, but got 8"),
    ],
)
def test_refuses_contradicting_dimensions(change, message):
    with pytest.raises(ValueError, match=message):
        replace(QWEN3_14B, **change)
