from dataclasses import fields

import pytest
import torch
from transformers.models.qwen3.modeling_qwen3 import Qwen3DecoderLayer, Qwen3RotaryEmbedding

from models.qwen3.config import TINY_14B, TINY_32B
from models.qwen3.reference import ReferenceLayer, transformers_config
from models.qwen3.weights import LayerWeights, random_weights, rope_tables


def same(a, b):
    return all(torch.equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))


def test_same_seed_same_weights(config, weights):
    assert same(weights, random_weights(config, seed=1))
    assert not same(weights, random_weights(config, seed=2))


def test_state_dict_is_what_transformers_expects(config, weights):
    with torch.device("meta"):
        layer = Qwen3DecoderLayer(transformers_config(config), layer_idx=0)
    expected = {name: value.shape for name, value in layer.state_dict().items()}
    assert {name: value.shape for name, value in weights.state_dict().items()} == expected


def test_reference_in_bf16_shares_storage_with_our_matrices(config, weights):
    layer = ReferenceLayer(config, weights, torch.bfloat16).layer
    assert layer.self_attn.q_proj.weight.data_ptr() == weights.wq.data_ptr()
    assert layer.mlp.down_proj.weight.data_ptr() == weights.w_down.data_ptr()
    assert layer.mlp.down_proj.weight.stride() == (1, config.hidden)


def test_norm_weights_are_exact_in_bf16(weights):
    for name in ("input_norm", "post_norm", "q_norm", "k_norm"):
        row = getattr(weights, name)
        assert row.dtype == torch.float32 and torch.equal(row, row.bfloat16().float())


def test_round_trips_through_a_state_dict(config, weights):
    assert same(weights, LayerWeights.from_state_dict(config, weights.state_dict()))


def test_round_trips_through_safetensors(config, weights, tmp_path):
    weights.save(tmp_path / "layer.safetensors")
    loaded = LayerWeights.load(config, tmp_path / "layer.safetensors")
    assert same(weights, loaded)
    assert loaded.wq.is_contiguous()


def test_refuses_weights_of_other_dimensions(tmp_path):
    random_weights(TINY_14B).save(tmp_path / "layer.safetensors")
    with pytest.raises(ValueError, match=r"expects wq of shape \(320, 2048\), but got"):
        LayerWeights.load(TINY_32B, tmp_path / "layer.safetensors")
    with pytest.raises(ValueError, match=r"expects self_attn\.q_proj\.weight of shape"):
        LayerWeights.from_state_dict(TINY_32B, random_weights(TINY_14B).state_dict())
    with pytest.raises(ValueError, match=r"expects a tensor self_attn\.q_proj\.weight, but got"):
        LayerWeights.from_state_dict(TINY_32B, {})


def test_rope_tables_are_those_of_transformers(config):
    positions = torch.arange(config.max_context)[None]
    cos, sin = Qwen3RotaryEmbedding(transformers_config(config))(torch.zeros(1), positions)
    ours_cos, ours_sin = rope_tables(config)
    # transformers turns a float32 angle; its rounding grows with the position.
    tolerance = config.max_context * 2**-23
    torch.testing.assert_close(ours_cos, cos[0], rtol=0, atol=tolerance)
    torch.testing.assert_close(ours_sin, sin[0], rtol=0, atol=tolerance)
