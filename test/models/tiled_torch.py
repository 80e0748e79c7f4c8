"""The arithmetic of `models/qwen3/layer.py` in plain torch, tile by tile.

Same tiles, same order, same roundings, so that a wrong number can be told apart: a mistake in the
algorithm fails here too, a mistake of the compiler does not.
"""

import torch

from models.qwen3.judge import LayerResult
from models.qwen3.weights import rope_tables

LOWEST = -3.0e38


def matmul(x, w, depth):
    """x @ w with float32 accumulation over tiles of `depth`; all output columns at once."""
    acc = torch.zeros(x.shape[0], w.shape[1])
    for k in range(0, x.shape[1], depth):
        acc = acc + x[:, k : k + depth].float() @ w[k : k + depth].float()
    return acc


def rms_norm(x, weight, epsilon, depth):
    squares = torch.zeros(x.shape[0], 1)
    for k in range(0, x.shape[1], depth):
        squares = squares + x[:, k : k + depth].square().sum(1, keepdim=True)
    return x * (squares * (1.0 / x.shape[1]) + epsilon).rsqrt() * weight


def rotate(x, cos, sin):
    half = x.shape[1] // 2
    low, high = x[:, :half], x[:, half:]
    new_low = low * cos[:half] - high * sin[:half]
    return torch.cat((new_low, high * cos[half:] + low * sin[half:]), 1)


def attend(config, batch, row, head, query):
    """Online softmax of one sequence and KV head: query bf16 [group, head_dim]."""
    length, page_size = int(batch.seq_lens[row]), config.page_size
    largest = torch.full((config.group, 1), LOWEST)
    total = torch.zeros(config.group, 1)
    context = torch.zeros(config.group, config.head_dim)
    for j in range((length + page_size - 1) // page_size):
        first = (int(batch.block_table[row, j]) * config.kv_heads + head) * page_size
        valid = min(page_size, length - j * page_size)
        scores = query.float() @ batch.k_cache[first : first + page_size].float().t()
        scores = scores * config.head_dim**-0.5
        scores[:, valid:] = torch.finfo(torch.float32).min
        new_largest = torch.maximum(largest, scores.amax(1, keepdim=True))
        rescale = (largest - new_largest).exp()
        exponentials = (scores - new_largest).exp()
        total = total * rescale + exponentials.sum(1, keepdim=True)
        largest = new_largest
        value = batch.v_cache[first : first + page_size].clone()
        value[valid:] = 0
        context = context * rescale + exponentials.bfloat16().float() @ value.float()
    return (context * total.reciprocal()).bfloat16()


def run_layer(batch, weights):
    """One decode step on copies of the caches."""
    config, batch = batch.config, batch.with_own_caches()
    cos, sin = rope_tables(config)
    epsilon, dim = config.rms_norm_eps, config.head_dim
    hidden_depth = config.depth_tile(config.hidden)
    x = batch.hidden.float()
    normed = rms_norm(x, weights.input_norm, epsilon, hidden_depth).bfloat16()
    queries, keys, values = (
        matmul(normed, w, hidden_depth) for w in (weights.wq, weights.wk, weights.wv)
    )

    attended = torch.zeros(config.batch, config.query_width, dtype=torch.bfloat16)
    for row in batch.active_rows:
        position = int(batch.seq_lens[row]) - 1
        turn = cos[position], sin[position]
        query = rms_norm(queries[row].view(-1, dim), weights.q_norm, epsilon, dim)
        key = rms_norm(keys[row].view(-1, dim), weights.k_norm, epsilon, dim)
        rotated = rotate(query, *turn).bfloat16()
        page, offset = divmod(int(batch.slot_mapping[row]), config.page_size)
        for head in range(config.kv_heads):
            slot = (page * config.kv_heads + head) * config.page_size + offset
            batch.k_cache[slot] = rotate(key, *turn).bfloat16()[head]
            batch.v_cache[slot] = values[row].view(-1, dim).bfloat16()[head]
        groups = rotated.split(config.group)
        attended[row] = torch.cat(
            [attend(config, batch, row, head, groups[head]) for head in range(config.kv_heads)]
        ).flatten()

    residual = x + matmul(attended, weights.wo, config.depth_tile(config.query_width))
    mlp_input = rms_norm(residual, weights.post_norm, epsilon, hidden_depth).bfloat16()
    gate = matmul(mlp_input, weights.w_gate, hidden_depth)
    up = matmul(mlp_input, weights.w_up, hidden_depth)
    activated = (gate * (1.0 / (1.0 + (-gate).exp())) * up).bfloat16()
    down = matmul(activated, weights.w_down, config.depth_tile(config.intermediate))
    out = (residual + down).bfloat16()
    out[batch.seq_lens == 0] = 0
    return LayerResult(out, batch.k_cache, batch.v_cache)
