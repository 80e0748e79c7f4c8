"""The reference is trusted because it agrees with itself, however it is fed."""

import torch
from transformers import Qwen3Model

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.reference import ReferenceLayer, transformers_config


def test_rows_alone_equal_rows_together(config, weights):
    batch = make_batch(config, ragged_lengths(config, seed=5), seed=5)
    layer = ReferenceLayer(config, weights, torch.float32)
    together, alone = layer.run(batch), layer.run(batch, rows_per_call=1)
    for name in ("hidden", "keys", "values"):
        torch.testing.assert_close(
            getattr(together, name), getattr(alone, name), rtol=1e-4, atol=1e-4
        )


def test_bf16_is_float32_within_bf16(config, weights):
    batch = make_batch(config, ragged_lengths(config, seed=6), seed=6)
    exact = ReferenceLayer(config, weights, torch.float32).run(batch)
    rounded = ReferenceLayer(config, weights, torch.bfloat16).run(batch)
    for name in ("hidden", "keys", "values"):
        error = (getattr(rounded, name).float() - getattr(exact, name)).abs()
        assert 0 < error.mean() < 2**-6


def test_paged_decode_equals_the_model_over_the_whole_sequence(config, weights):
    """Prefill n tokens through Qwen3Model; decoding the last over pages must give the same."""
    length = config.page_size + 3
    tokens = torch.randn((1, length, config.hidden), generator=torch.Generator().manual_seed(1))
    settings = transformers_config(config)
    model = Qwen3Model(settings).float().eval()
    model.layers[0].load_state_dict(weights.state_dict())
    model.norm = torch.nn.Identity()
    with torch.no_grad():
        whole = model(inputs_embeds=tokens, use_cache=True)

    layer = ReferenceLayer(config, weights, torch.float32)
    batch = make_batch(config, [0, length], seed=7)
    batch.hidden[1] = tokens[0, -1].bfloat16()
    rows = batch.cache_rows(1, torch.arange(length - 1))
    batch.k_cache[rows] = whole.past_key_values.layers[0].keys[0, :, :-1].bfloat16()
    batch.v_cache[rows] = whole.past_key_values.layers[0].values[0, :, :-1].bfloat16()
    step = layer.run(batch)
    # Only the inputs of the step were rounded to bf16.
    error = (step.hidden[0] - whole.last_hidden_state[0, -1]).abs()
    assert error.mean() < 2**-7
    assert error.mean() < 0.01 * whole.last_hidden_state[0, -1].abs().mean()


def test_changes_no_cache(config, weights):
    batch = make_batch(config, [3, 0, 200], seed=8)
    before = batch.with_own_caches()
    ReferenceLayer(config, weights, torch.bfloat16).run(batch)
    assert torch.equal(before.k_cache.view(torch.int16), batch.k_cache.view(torch.int16))
    assert torch.equal(before.v_cache.view(torch.int16), batch.v_cache.view(torch.int16))


def test_every_part_of_the_layer_matters(config, weights):
    """Attention and MLP each move the output by much more than bf16 rounds."""
    batch = make_batch(config, [config.max_context, 2], seed=9)
    layer = ReferenceLayer(config, weights, torch.float32)
    hidden, positions, mask, cache = layer.inputs(batch, [0, 1])
    attention, _ = layer.layer.self_attn(
        layer.layer.input_layernorm(hidden),
        layer.rotary(hidden, positions),
        mask,
        past_key_values=cache,
    )
    out = layer.run(batch).hidden
    assert (attention.std(-1) > 0.2).all()
    assert (out - hidden[:, 0]).std() > 0.3 and out.std() < 5
