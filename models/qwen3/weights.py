"""Weights of one decoder layer, in the layout the kernel streams."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .config import LayerConfig

# Where each matrix stands in a transformers state dict; there as [out, in], here as [in, out].
_PROJECTIONS = {
    "wq": "self_attn.q_proj.weight",
    "wk": "self_attn.k_proj.weight",
    "wv": "self_attn.v_proj.weight",
    "wo": "self_attn.o_proj.weight",
    "w_gate": "mlp.gate_proj.weight",
    "w_up": "mlp.up_proj.weight",
    "w_down": "mlp.down_proj.weight",
}
_NORMS = {
    "input_norm": "input_layernorm.weight",
    "post_norm": "post_attention_layernorm.weight",
    "q_norm": "self_attn.q_norm.weight",
    "k_norm": "self_attn.k_norm.weight",
}


@dataclass(frozen=True)
class LayerWeights:
    """Matrices are bf16, [in, out] row-major, so that `x @ w` streams rows of `w`.

    Norm weights are float32, [1, extent], and hold values that bf16 represents exactly: a row
    that scales tiles needs no cast in the kernel, and transformers sees the same numbers.
    """

    wq: torch.Tensor
    wk: torch.Tensor
    wv: torch.Tensor
    wo: torch.Tensor
    w_gate: torch.Tensor
    w_up: torch.Tensor
    w_down: torch.Tensor
    input_norm: torch.Tensor
    post_norm: torch.Tensor
    q_norm: torch.Tensor
    k_norm: torch.Tensor

    @property
    def size_bytes(self) -> int:
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The layer as transformers names it, bf16; the matrices are views of ours."""
        views = {name: getattr(self, ours).t() for ours, name in _PROJECTIONS.items()}
        norms = {name: getattr(self, ours)[0].to(torch.bfloat16) for ours, name in _NORMS.items()}
        return views | norms

    @classmethod
    def from_state_dict(cls, config: LayerConfig, state: dict[str, torch.Tensor]) -> LayerWeights:
        """Copies one layer of a transformers state dict (names without `model.layers.N.`).

        Raises ValueError if a tensor is missing or has another shape than `config` says.
        """
        tensors = {}
        for ours, shape in weight_shapes(config).items():
            name = _PROJECTIONS.get(ours) or _NORMS[ours]
            if name not in state:
                raise ValueError(f"expects a tensor {name}, but got {sorted(state)}")
            if ours in _PROJECTIONS:
                tensors[ours] = state[name].to(torch.bfloat16).t().contiguous()
            else:
                tensors[ours] = state[name].to(torch.bfloat16).float()[None, :]
            _expect_shape(name, tensors[ours], shape)
        return cls(**tensors)

    def save(self, path: Path | str) -> None:
        """Writes the tensors, in the kernel's layout, to a safetensors file."""
        save_file({field.name: getattr(self, field.name) for field in fields(self)}, path)

    @classmethod
    def load(cls, config: LayerConfig, path: Path | str) -> LayerWeights:
        """Reads what `save` wrote; raises ValueError if it is for other dimensions."""
        tensors = {}
        with safe_open(path, framework="pt") as file:
            for name, shape in weight_shapes(config).items():
                tensors[name] = file.get_tensor(name)
                _expect_shape(name, tensors[name], shape)
        return cls(**tensors)


def weight_shapes(config: LayerConfig) -> dict[str, tuple[int, int]]:
    """Shape of every tensor of `LayerWeights`, by its name."""
    hidden, intermediate = config.hidden, config.intermediate
    return {
        "wq": (hidden, config.query_width),
        "wk": (hidden, config.kv_width),
        "wv": (hidden, config.kv_width),
        "wo": (config.query_width, hidden),
        "w_gate": (hidden, intermediate),
        "w_up": (hidden, intermediate),
        "w_down": (intermediate, hidden),
        "input_norm": (1, hidden),
        "post_norm": (1, hidden),
        "q_norm": (1, config.head_dim),
        "k_norm": (1, config.head_dim),
    }


def random_weights(config: LayerConfig, seed: int = 0) -> LayerWeights:
    """Seeded weights under which every activation stays of order one.

    The query norm is large enough that attention singles out a few keys, as trained models do;
    near-uniform attention would average long contexts away, and hide errors made there.
    """
    generator = torch.Generator().manual_seed(seed)
    shapes = weight_shapes(config)
    tensors = {name: _random_matrix(shapes[name], generator) for name in _PROJECTIONS}
    ranges = {
        "input_norm": (0.5, 1.5),
        "post_norm": (0.5, 1.5),
        "q_norm": (1.5, 3.5),
        "k_norm": (0.5, 1.5),
    }
    for name, (low, high) in ranges.items():
        row = torch.empty(shapes[name]).uniform_(low, high, generator=generator)
        tensors[name] = row.to(torch.bfloat16).float()
    return LayerWeights(**tensors)


def rope_tables(config: LayerConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines and sines of the rotary embedding, float32 [max_context, head_dim] each.

    Column i and column i + head_dim / 2 turn by the same angle, position * theta^(-2i/head_dim).
    """
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
    positions = torch.arange(config.max_context, dtype=torch.float64)
    angles = positions[:, None] * config.rope_theta**-exponents
    angles = torch.cat((angles, angles), dim=1)
    return angles.cos().float(), angles.sin().float()


def _random_matrix(shape: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
    rows, _ = shape
    matrix = torch.empty(shape, dtype=torch.bfloat16)
    # In blocks of rows, so that the float32 draft never needs the memory of a whole matrix.
    for block in matrix.split(1024):
        draft = torch.empty(block.shape).normal_(0.0, rows**-0.5, generator=generator)
        block.copy_(draft)
    return matrix


def _expect_shape(name: str, tensor: torch.Tensor, shape: tuple[int, int]) -> None:
    if tuple(tensor.shape) != shape:
        raise ValueError(f"expects {name} of shape {shape}, but got {tuple(tensor.shape)}")
