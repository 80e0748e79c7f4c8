"""One Qwen3 decode layer over a paged KV cache, as a tile program.

Three parts: normalisation and the query, key and value projections; rotary embedding, cache
update and attention with online softmax over the pages; output projection and MLP, each with its
residual. Projections stay float32 until a matmul needs them as bf16, so less is rounded than in
transformers, which rounds every intermediate.

Rows of length 0 are inactive: nothing of the cache is read or written for them, and their rows of
the output are zero.
"""

import tilework.language as pl
import torch

from .batch import DecodeBatch
from .config import LayerConfig
from .weights import LayerWeights


def arguments(
    weights: LayerWeights,
    rope: tuple[torch.Tensor, torch.Tensor],
    batch: DecodeBatch,
    out: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    """The arguments of the layer in order; `rope` is cosines and sines, `out` bf16 like hidden."""
    return (
        batch.hidden,
        weights.input_norm,
        weights.wq,
        weights.wk,
        weights.wv,
        weights.q_norm,
        weights.k_norm,
        *rope,
        batch.seq_lens,
        batch.slot_mapping,
        batch.block_table,
        batch.k_cache,
        batch.v_cache,
        weights.wo,
        weights.post_norm,
        weights.w_gate,
        weights.w_up,
        weights.w_down,
        out,
    )


def decode_layer(config: LayerConfig):
    """The layer for these dimensions: a program to call with `arguments(...)`.

    It writes the new token's keys and values into `k_cache` and `v_cache`, and the layer's output
    into `out`, which it returns.
    """
    BATCH = config.batch
    HIDDEN = config.hidden
    HEAD_DIM = config.head_dim
    Q_WIDTH = config.query_width
    KV_WIDTH = config.kv_width
    INTERMEDIATE = config.intermediate
    CONTEXT = config.max_context
    BLOCKS = config.blocks_per_sequence
    CACHE_ROWS = config.cache_rows
    layer = layer_part(config)

    @pl.jit
    def qwen3_decode_layer(
        hidden: pl.Tensor[[BATCH, HIDDEN], pl.BF16],
        input_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        wq: pl.Tensor[[HIDDEN, Q_WIDTH], pl.BF16],
        wk: pl.Tensor[[HIDDEN, KV_WIDTH], pl.BF16],
        wv: pl.Tensor[[HIDDEN, KV_WIDTH], pl.BF16],
        q_norm: pl.Tensor[[1, HEAD_DIM], pl.FP32],
        k_norm: pl.Tensor[[1, HEAD_DIM], pl.FP32],
        rope_cos: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        rope_sin: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        seq_lens: pl.Tensor[[BATCH], pl.INT32],
        slot_mapping: pl.Tensor[[BATCH], pl.INT32],
        block_table: pl.Tensor[[BATCH, BLOCKS], pl.INT32],
        k_cache: pl.InOut[pl.Tensor[[CACHE_ROWS, HEAD_DIM], pl.BF16]],
        v_cache: pl.InOut[pl.Tensor[[CACHE_ROWS, HEAD_DIM], pl.BF16]],
        wo: pl.Tensor[[Q_WIDTH, HIDDEN], pl.BF16],
        post_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        w_gate: pl.Tensor[[HIDDEN, INTERMEDIATE], pl.BF16],
        w_up: pl.Tensor[[HIDDEN, INTERMEDIATE], pl.BF16],
        w_down: pl.Tensor[[INTERMEDIATE, HIDDEN], pl.BF16],
        out: pl.Out[pl.Tensor[[BATCH, HIDDEN], pl.BF16]],
    ):
        out = layer(
            hidden,
            input_norm,
            wq,
            wk,
            wv,
            q_norm,
            k_norm,
            rope_cos,
            rope_sin,
            seq_lens,
            slot_mapping,
            block_table,
            k_cache,
            v_cache,
            wo,
            post_norm,
            w_gate,
            w_up,
            w_down,
            out,
            0,
        )
        return out

    return qwen3_decode_layer


def layer_part(config: LayerConfig, layers: int = 1):
    """The layer as a part of a program whose caches hold `layers` layers.

    Its last parameter is the first page of this layer's cache.
    """
    BATCH = config.batch
    HIDDEN = config.hidden
    HEADS = config.query_heads
    KV_HEADS = config.kv_heads
    GROUP = config.group
    HEAD_DIM = config.head_dim
    HALF_DIM = config.head_dim // 2
    Q_WIDTH = config.query_width
    KV_WIDTH = config.kv_width
    GROUP_WIDTH = config.group * config.head_dim
    INTERMEDIATE = config.intermediate
    CONTEXT = config.max_context
    BLOCKS = config.blocks_per_sequence
    PAGE = config.page_size
    CACHE_ROWS = layers * config.cache_rows

    Q_TILE = config.column_tile(Q_WIDTH)
    KV_TILE = config.column_tile(KV_WIDTH)
    HIDDEN_TILE = config.column_tile(HIDDEN)
    INTERMEDIATE_TILE = config.column_tile(INTERMEDIATE)
    HIDDEN_DEPTH = config.depth_tile(HIDDEN)
    Q_DEPTH = config.depth_tile(Q_WIDTH)
    INTERMEDIATE_DEPTH = config.depth_tile(INTERMEDIATE)

    EPSILON = config.rms_norm_eps
    PER_HIDDEN = 1.0 / config.hidden
    PER_HEAD_DIM = 1.0 / config.head_dim
    SCALE = config.head_dim**-0.5
    LOWEST = -3.0e38

    @pl.jit.inline
    def layer(
        hidden: pl.Tensor[[BATCH, HIDDEN], pl.BF16],
        input_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        wq: pl.Tensor[[HIDDEN, Q_WIDTH], pl.BF16],
        wk: pl.Tensor[[HIDDEN, KV_WIDTH], pl.BF16],
        wv: pl.Tensor[[HIDDEN, KV_WIDTH], pl.BF16],
        q_norm: pl.Tensor[[1, HEAD_DIM], pl.FP32],
        k_norm: pl.Tensor[[1, HEAD_DIM], pl.FP32],
        rope_cos: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        rope_sin: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        seq_lens: pl.Tensor[[BATCH], pl.INT32],
        slot_mapping: pl.Tensor[[BATCH], pl.INT32],
        block_table: pl.Tensor[[BATCH, BLOCKS], pl.INT32],
        k_cache: pl.InOut[pl.Tensor[[CACHE_ROWS, HEAD_DIM], pl.BF16]],
        v_cache: pl.InOut[pl.Tensor[[CACHE_ROWS, HEAD_DIM], pl.BF16]],
        wo: pl.Tensor[[Q_WIDTH, HIDDEN], pl.BF16],
        post_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        w_gate: pl.Tensor[[HIDDEN, INTERMEDIATE], pl.BF16],
        w_up: pl.Tensor[[HIDDEN, INTERMEDIATE], pl.BF16],
        w_down: pl.Tensor[[INTERMEDIATE, HIDDEN], pl.BF16],
        out: pl.Out[pl.Tensor[[BATCH, HIDDEN], pl.BF16]],
        first_page: pl.Scalar[pl.INDEX],
    ):
        # Input normalisation, and the projections to queries, keys and values.
        normed = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="input_norm"):
            squares = pl.full([BATCH, 1], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = pl.cast(hidden[:, k : k + HIDDEN_DEPTH], pl.FP32)
                squares = pl.add(squares, pl.row_sum(pl.mul(x, x)))
            inverse_rms = pl.rsqrt(pl.add(pl.mul(squares, PER_HIDDEN), EPSILON))
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = pl.cast(hidden[:, k : k + HIDDEN_DEPTH], pl.FP32)
                x = pl.row_expand_mul(x, inverse_rms)
                x = pl.col_expand_mul(x, input_norm[:, k : k + HIDDEN_DEPTH])
                normed[:, k : k + HIDDEN_DEPTH] = pl.cast(x, pl.BF16, mode="rint")

        queries = pl.create_tensor([BATCH, Q_WIDTH], dtype=pl.FP32)
        for n in pl.parallel(0, Q_WIDTH, Q_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="q_proj"):
                acc = pl.full([BATCH, Q_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                    x = normed[:, k : k + HIDDEN_DEPTH]
                    acc = pl.matmul_acc(acc, x, wq[k : k + HIDDEN_DEPTH, n : n + Q_TILE])
                queries[:, n : n + Q_TILE] = acc

        keys = pl.create_tensor([BATCH, KV_WIDTH], dtype=pl.FP32)
        values = pl.create_tensor([BATCH, KV_WIDTH], dtype=pl.FP32)
        for n in pl.parallel(0, KV_WIDTH, KV_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="k_proj"):
                acc = pl.full([BATCH, KV_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                    x = normed[:, k : k + HIDDEN_DEPTH]
                    acc = pl.matmul_acc(acc, x, wk[k : k + HIDDEN_DEPTH, n : n + KV_TILE])
                keys[:, n : n + KV_TILE] = acc
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="v_proj"):
                acc = pl.full([BATCH, KV_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                    x = normed[:, k : k + HIDDEN_DEPTH]
                    acc = pl.matmul_acc(acc, x, wv[k : k + HIDDEN_DEPTH, n : n + KV_TILE])
                values[:, n : n + KV_TILE] = acc

        # Rotary embedding, cache update and attention, one sequence at a time.
        rotated = pl.create_tensor([BATCH * HEADS, HEAD_DIM], dtype=pl.BF16)
        attended = pl.create_tensor([BATCH, Q_WIDTH], dtype=pl.BF16)
        for b in pl.parallel(0, BATCH, 1):
            length = pl.cast(pl.tensor.read(seq_lens, [b]), pl.INDEX)
            if length > 0:
                with pl.at(level=pl.Level.CORE_GROUP, name_hint="rope_cache_update"):
                    position = length - 1
                    cos_low = rope_cos[position : position + 1, 0:HALF_DIM]
                    cos_high = rope_cos[position : position + 1, HALF_DIM:HEAD_DIM]
                    sin_low = rope_sin[position : position + 1, 0:HALF_DIM]
                    sin_high = rope_sin[position : position + 1, HALF_DIM:HEAD_DIM]

                    q = pl.reshape(queries[b : b + 1, :], [HEADS, HEAD_DIM])
                    q_squares = pl.row_sum(pl.mul(q, q))
                    q_inverse = pl.rsqrt(pl.add(pl.mul(q_squares, PER_HEAD_DIM), EPSILON))
                    q = pl.col_expand_mul(pl.row_expand_mul(q, q_inverse), q_norm)
                    q_low = q[:, 0:HALF_DIM]
                    q_high = q[:, HALF_DIM:HEAD_DIM]
                    turned = pl.col_expand_mul(q_low, cos_low)
                    turned = pl.sub(turned, pl.col_expand_mul(q_high, sin_low))
                    q_low_bf16 = pl.cast(turned, pl.BF16, mode="rint")
                    turned = pl.col_expand_mul(q_high, cos_high)
                    turned = pl.add(turned, pl.col_expand_mul(q_low, sin_high))
                    q_high_bf16 = pl.cast(turned, pl.BF16, mode="rint")
                    rotated[b * HEADS : b * HEADS + HEADS, 0:HALF_DIM] = q_low_bf16
                    rotated[b * HEADS : b * HEADS + HEADS, HALF_DIM:HEAD_DIM] = q_high_bf16

                    key = pl.reshape(keys[b : b + 1, :], [KV_HEADS, HEAD_DIM])
                    k_squares = pl.row_sum(pl.mul(key, key))
                    k_inverse = pl.rsqrt(pl.add(pl.mul(k_squares, PER_HEAD_DIM), EPSILON))
                    key = pl.col_expand_mul(pl.row_expand_mul(key, k_inverse), k_norm)
                    k_low = key[:, 0:HALF_DIM]
                    k_high = key[:, HALF_DIM:HEAD_DIM]
                    turned = pl.col_expand_mul(k_low, cos_low)
                    turned = pl.sub(turned, pl.col_expand_mul(k_high, sin_low))
                    k_low_bf16 = pl.cast(turned, pl.BF16, mode="rint")
                    turned = pl.col_expand_mul(k_high, cos_high)
                    turned = pl.add(turned, pl.col_expand_mul(k_low, sin_high))
                    k_high_bf16 = pl.cast(turned, pl.BF16, mode="rint")

                    value = pl.reshape(values[b : b + 1, :], [KV_HEADS, HEAD_DIM])
                    value_bf16 = pl.cast(value, pl.BF16, mode="rint")

                    slot = pl.cast(pl.tensor.read(slot_mapping, [b]), pl.INDEX)
                    page = first_page + slot // PAGE
                    offset = slot % PAGE
                    for h in pl.range(0, KV_HEADS, 1):
                        row = (page * KV_HEADS + h) * PAGE + offset
                        k_cache[row : row + 1, 0:HALF_DIM] = k_low_bf16[h : h + 1, :]
                        k_cache[row : row + 1, HALF_DIM:HEAD_DIM] = k_high_bf16[h : h + 1, :]
                        v_cache[row : row + 1, :] = value_bf16[h : h + 1, :]

                for h in pl.parallel(0, KV_HEADS, 1):
                    with pl.at(level=pl.Level.CORE_GROUP, name_hint="attention"):
                        first = b * HEADS + h * GROUP
                        q_group = rotated[first : first + GROUP, :]
                        largest = pl.full([GROUP, 1], dtype=pl.FP32, value=LOWEST)
                        total = pl.full([GROUP, 1], dtype=pl.FP32, value=0.0)
                        context = pl.full([GROUP, HEAD_DIM], dtype=pl.FP32, value=0.0)
                        for j in pl.range(0, (length + PAGE - 1) // PAGE, 1):
                            block = pl.cast(pl.tensor.read(block_table, [b, j]), pl.INDEX)
                            row = ((first_page + block) * KV_HEADS + h) * PAGE
                            valid = pl.min(PAGE, length - j * PAGE)

                            k_tile = k_cache[row : row + PAGE, :]
                            scores = pl.matmul(q_group, k_tile, out_dtype=pl.FP32, b_trans=True)
                            scores = pl.mul(scores, SCALE)
                            scores = pl.slice(
                                scores, [GROUP, PAGE], [0, 0], valid_shape=[GROUP, valid]
                            )
                            scores = pl.fillpad(scores, pad_value=pl.PadValue.min)

                            new_largest = pl.maximum(largest, pl.row_max(scores))
                            rescale = pl.exp(pl.sub(largest, new_largest))
                            exponentials = pl.exp(pl.row_expand_sub(scores, new_largest))
                            total = pl.add(pl.mul(total, rescale), pl.row_sum(exponentials))
                            largest = new_largest

                            # Slots past the end may hold anything, and 0 * NaN is NaN.
                            v_tile = pl.slice(
                                v_cache, [PAGE, HEAD_DIM], [row, 0], valid_shape=[valid, HEAD_DIM]
                            )
                            v_tile = pl.fillpad(v_tile, pad_value=pl.PadValue.zero)
                            shares = pl.cast(exponentials, pl.BF16, mode="rint")
                            update = pl.matmul(shares, v_tile, out_dtype=pl.FP32)
                            context = pl.add(pl.row_expand_mul(context, rescale), update)
                        context = pl.row_expand_mul(context, pl.recip(total))
                        columns = h * GROUP_WIDTH
                        context_row = pl.reshape(context, [1, GROUP_WIDTH])
                        context_row = pl.cast(context_row, pl.BF16, mode="rint")
                        attended[b : b + 1, columns : columns + GROUP_WIDTH] = context_row
            else:
                with pl.at(level=pl.Level.CORE_GROUP, name_hint="no_attention"):
                    attended[b : b + 1, :] = pl.full([1, Q_WIDTH], dtype=pl.BF16, value=0.0)

        # Output projection and MLP, each added to what went in.
        residual = pl.create_tensor([BATCH, HIDDEN], dtype=pl.FP32)
        for n in pl.parallel(0, HIDDEN, HIDDEN_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="o_proj"):
                acc = pl.full([BATCH, HIDDEN_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, Q_WIDTH, Q_DEPTH, stage=2):
                    x = attended[:, k : k + Q_DEPTH]
                    acc = pl.matmul_acc(acc, x, wo[k : k + Q_DEPTH, n : n + HIDDEN_TILE])
                before = pl.cast(hidden[:, n : n + HIDDEN_TILE], pl.FP32)
                residual[:, n : n + HIDDEN_TILE] = pl.add(before, acc)

        mlp_input = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="post_norm"):
            squares = pl.full([BATCH, 1], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = residual[:, k : k + HIDDEN_DEPTH]
                squares = pl.add(squares, pl.row_sum(pl.mul(x, x)))
            inverse_rms = pl.rsqrt(pl.add(pl.mul(squares, PER_HIDDEN), EPSILON))
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = pl.row_expand_mul(residual[:, k : k + HIDDEN_DEPTH], inverse_rms)
                x = pl.col_expand_mul(x, post_norm[:, k : k + HIDDEN_DEPTH])
                mlp_input[:, k : k + HIDDEN_DEPTH] = pl.cast(x, pl.BF16, mode="rint")

        activated = pl.create_tensor([BATCH, INTERMEDIATE], dtype=pl.BF16)
        for n in pl.parallel(0, INTERMEDIATE, INTERMEDIATE_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="gate_up_silu"):
                gate = pl.full([BATCH, INTERMEDIATE_TILE], dtype=pl.FP32, value=0.0)
                up = pl.full([BATCH, INTERMEDIATE_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                    x = mlp_input[:, k : k + HIDDEN_DEPTH]
                    w = w_gate[k : k + HIDDEN_DEPTH, n : n + INTERMEDIATE_TILE]
                    gate = pl.matmul_acc(gate, x, w)
                    w = w_up[k : k + HIDDEN_DEPTH, n : n + INTERMEDIATE_TILE]
                    up = pl.matmul_acc(up, x, w)
                sigmoid = pl.recip(pl.add(pl.exp(pl.neg(gate)), 1.0))
                product = pl.mul(pl.mul(gate, sigmoid), up)
                activated[:, n : n + INTERMEDIATE_TILE] = pl.cast(product, pl.BF16, mode="rint")

        for n in pl.parallel(0, HIDDEN, HIDDEN_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="down_proj"):
                acc = pl.full([BATCH, HIDDEN_TILE], dtype=pl.FP32, value=0.0)
                for k in pl.pipeline(0, INTERMEDIATE, INTERMEDIATE_DEPTH, stage=2):
                    x = activated[:, k : k + INTERMEDIATE_DEPTH]
                    w = w_down[k : k + INTERMEDIATE_DEPTH, n : n + HIDDEN_TILE]
                    acc = pl.matmul_acc(acc, x, w)
                sums = pl.add(residual[:, n : n + HIDDEN_TILE], acc)
                out[:, n : n + HIDDEN_TILE] = pl.cast(sums, pl.BF16, mode="rint")

        for b in pl.parallel(0, BATCH, 1):
            length = pl.cast(pl.tensor.read(seq_lens, [b]), pl.INDEX)
            if length == 0:
                with pl.at(level=pl.Level.CORE_GROUP, name_hint="clear_inactive"):
                    out[b : b + 1, :] = pl.full([1, HIDDEN], dtype=pl.BF16, value=0.0)
        return out

    return layer
