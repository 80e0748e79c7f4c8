"""The decoder layer of Hugging Face `transformers`, run on our weights and batches.

This is the implementation that judges ours; none of its arithmetic is written here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from transformers import DynamicCache, Qwen3Config
from transformers.models.qwen3.modeling_qwen3 import (
    Qwen3DecoderLayer,
    Qwen3RMSNorm,
    Qwen3RotaryEmbedding,
)

from .batch import DecodeBatch
from .config import LayerConfig
from .weights import LayerWeights


@dataclass(frozen=True)
class ReferenceResult:
    """What the layer gives for the active rows of a batch, in the order of `active_rows`.

    hidden [active, hidden]; keys, values [active, kv_heads, head_dim] of the new token.
    """

    hidden: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor


class ReferenceLayer:
    """A transformers layer with eager attention, in one floating-point type."""

    def __init__(self, config: LayerConfig, weights: LayerWeights, dtype: torch.dtype):
        """In bf16 the matrices are views of `weights`; in other types they are converted."""
        settings = transformers_config(config)
        with torch.device("meta"):
            self.layer = Qwen3DecoderLayer(settings, layer_idx=0).eval()
        state = {name: value.to(dtype) for name, value in weights.state_dict().items()}
        self.layer.load_state_dict(state, assign=True)
        self.rotary = Qwen3RotaryEmbedding(settings)
        self.config = config
        self.dtype = dtype

    @torch.no_grad()
    def run(self, batch: DecodeBatch, rows_per_call: int | None = None) -> ReferenceResult:
        """Decodes the active rows, `rows_per_call` at once (all, if None); changes no cache."""
        rows = batch.active_rows
        step = rows_per_call or max(len(rows), 1)
        parts = [self(*self.inputs(batch, rows[i : i + step])) for i in range(0, len(rows), step)]
        if not parts:
            heads = (0, self.config.kv_heads, self.config.head_dim)
            empty = torch.empty(heads, dtype=self.dtype)
            return ReferenceResult(empty.new_empty(0, self.config.hidden), empty, empty)
        return ReferenceResult(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))

    def inputs(self, batch: DecodeBatch, rows: list[int]):
        """Hidden rows, positions, mask and cache of `rows`, pasts padded on the left."""
        lengths = batch.seq_lens[rows].long()
        longest = int(lengths.max()) - 1
        shape = (len(rows), self.config.kv_heads, longest, self.config.head_dim)
        keys, values = torch.zeros(shape, dtype=self.dtype), torch.zeros(shape, dtype=self.dtype)
        for i, row in enumerate(rows):
            past_keys, past_values = batch.past(row)
            start = longest - past_keys.shape[1]
            keys[i, :, start:], values[i, :, start:] = past_keys, past_values
        cache = DynamicCache()
        cache.update(keys, values, 0)
        padded = torch.arange(longest + 1) < longest + 1 - lengths[:, None]
        mask = torch.zeros(padded.shape, dtype=self.dtype)
        mask = mask.masked_fill(padded, torch.finfo(self.dtype).min)[:, None, None, :]
        hidden = batch.hidden[rows].to(self.dtype)[:, None, :]
        return hidden, lengths[:, None] - 1, mask, cache

    @torch.no_grad()
    def __call__(self, hidden, positions, mask, cache):
        """One decode step: hidden [rows, hidden], keys and values [rows, kv_heads, head_dim]."""
        angles = self.rotary(hidden, positions)
        out = self.layer(
            hidden,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            position_embeddings=angles,
        )
        return out[:, 0], cache.layers[0].keys[:, :, -1], cache.layers[0].values[:, :, -1]


@torch.no_grad()
def reference_logits(
    layers: list[LayerWeights],
    embedding: torch.Tensor,
    final_norm: torch.Tensor,
    lm_head: torch.Tensor,
    tokens: torch.Tensor,
    batches: list[DecodeBatch],
    dtype: torch.dtype,
) -> torch.Tensor:
    """Logits [active, vocabulary] of a model of these layers; `batches` has each layer's caches."""
    config, rows = batches[0].config, batches[0].active_rows
    hidden = torch.nn.functional.embedding(tokens.long(), embedding).to(dtype)
    for weights, batch in zip(layers, batches, strict=True):
        out = ReferenceLayer(config, weights, dtype).run(replace(batch, hidden=hidden)).hidden
        hidden = torch.zeros_like(hidden).index_copy(0, torch.tensor(rows), out)
    norm = Qwen3RMSNorm(config.hidden, config.rms_norm_eps)
    norm.load_state_dict({"weight": final_norm[0].to(dtype)}, assign=True)
    return torch.nn.functional.linear(norm(hidden[rows]), lm_head.t().to(dtype))


def transformers_config(config: LayerConfig) -> Qwen3Config:
    """Our configuration in transformers' terms, for a model of one layer with eager attention."""
    settings = Qwen3Config(
        vocab_size=config.vocabulary,
        hidden_size=config.hidden,
        intermediate_size=config.intermediate,
        num_hidden_layers=1,
        num_attention_heads=config.query_heads,
        num_key_value_heads=config.kv_heads,
        head_dim=config.head_dim,
        max_position_embeddings=config.max_context,
        rms_norm_eps=config.rms_norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
    )
    settings._attn_implementation = "eager"
    return settings
