"""A decode layer of Qwen3-14B, with the hints of authors who tuned by hand.

The paged cache and its layout are those of `layer.py`. On top of it stand the promises that made
this program fast where the runtime tracks dependences by whole tensors: `no_dep_args` on the
caches, a tensor of manual dependences whose tasks are collected in arrays of ids, explicit `deps`,
and peeled first products before `pl.pipeline`. Results depend on none of them. The layer is
spelled in three ways: `PLAIN` promises nothing, `HINTED` is what such authors write, and `WRONG`
promises what is not so.

Every row of the batch holds a sequence: lengths are 1..max_context.
"""

from dataclasses import dataclass, replace

import tilework.language as pl

from ..config import LayerConfig


@dataclass(frozen=True)
class Spelling:
    """Which hints about dependences stand in the program."""

    parallel: bool = True  # loops are claimed to be parallel
    norms: bool = True  # projections name the normalisation they wait for
    caches: bool = True  # cache updates need no tracking; attention names those it waits for
    activated: bool = True  # tasks on the activated tensor name what they wait for
    down_waits: bool = True  # and the down projection does


PLAIN = Spelling(parallel=False, norms=False, caches=False, activated=False, down_waits=False)
HINTED = Spelling()
WRONG = replace(HINTED, down_waits=False)


def normalisation(config: LayerConfig):
    """RMS normalisation for these dimensions: `tid = rms_norm(x, weight, normed)`."""
    BATCH = config.batch
    HIDDEN = config.hidden
    K_TILE = config.depth_tile(HIDDEN)
    EPSILON = config.rms_norm_eps

    @pl.jit.inline
    def rms_norm(x, weight, normed):
        """Rows of x, FP32, normalised over all columns into `normed`, BF16: one task."""
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="rms_norm") as tid:
            squares = pl.full([BATCH, 1], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, HIDDEN, K_TILE, stage=2):
                part = pl.cast(x[:, k : k + K_TILE], pl.FP32)
                squares = pl.add(squares, pl.row_sum(pl.mul(part, part)))
            inverse_rms = pl.rsqrt(pl.add(pl.mul(squares, 1.0 / HIDDEN), EPSILON))
            for k in pl.pipeline(0, HIDDEN, K_TILE, stage=2):
                part = pl.row_expand_mul(pl.cast(x[:, k : k + K_TILE], pl.FP32), inverse_rms)
                part = pl.col_expand_mul(part, weight[:, k : k + K_TILE])
                normed[:, k : k + K_TILE] = pl.cast(part, pl.BF16, mode="rint")
        return tid

    return rms_norm


def spring_14b(config: LayerConfig, spelling: Spelling = HINTED):
    """The layer for these dimensions: a program to call with the arguments of `layer.py`.

    It writes the new tokens' keys and values into the caches, and returns the layer's output.
    """
    BATCH = config.batch
    HIDDEN = config.hidden
    HEADS = config.query_heads
    KV_HEADS = config.kv_heads
    GROUP = config.group
    HEAD_DIM = config.head_dim
    HALF = config.head_dim // 2
    Q_WIDTH = config.query_width
    KV_WIDTH = config.kv_width
    GROUP_WIDTH = config.group * config.head_dim
    INTERMEDIATE = config.intermediate
    CONTEXT = config.max_context
    BLOCKS = config.blocks_per_sequence
    PAGE = config.page_size
    CACHE_ROWS = config.cache_rows

    Q_TILE = config.column_tile(Q_WIDTH)
    KV_TILE = config.column_tile(KV_WIDTH)
    OUT_TILE = config.column_tile(HIDDEN)
    MLP_TILE = config.column_tile(INTERMEDIATE)
    K_TILE = config.depth_tile(HIDDEN)
    ATTENDED_TILE = config.depth_tile(Q_WIDTH)
    DOWN_TILE = config.depth_tile(INTERMEDIATE)

    LOOP = pl.parallel if spelling.parallel else pl.range
    EPSILON = config.rms_norm_eps
    SCALE = config.head_dim**-0.5
    rms_norm = normalisation(config)

    @pl.jit.inline
    def project(x, w, result, tile, name, after):
        """`result` = x @ w in tasks of `tile` columns, all after task `after`."""
        for n in LOOP(0, w.shape[1], tile):
            with pl.at(
                level=pl.Level.CORE_GROUP,
                name_hint=name,
                deps=[after] if spelling.norms else [],
            ):
                acc = pl.matmul(x[:, 0:K_TILE], w[0:K_TILE, n : n + tile], out_dtype=pl.FP32)
                for k in pl.pipeline(1, HIDDEN // K_TILE, stage=2):
                    k0 = k * K_TILE
                    part = x[:, k0 : k0 + K_TILE]
                    acc = pl.matmul_acc(acc, part, w[k0 : k0 + K_TILE, n : n + tile])
                result[:, n : n + tile] = acc
        return result

    @pl.jit.inline
    def rotate(x, norm, cos, sin):
        """Heads x, FP32 [heads, head_dim], normalised and turned by one position's angles."""
        mean = pl.mul(pl.row_sum(pl.mul(x, x)), 1.0 / HEAD_DIM)
        x = pl.row_expand_mul(x, pl.rsqrt(pl.add(mean, EPSILON)))
        x = pl.col_expand_mul(x, norm)
        low = x[:, 0:HALF]
        high = x[:, HALF:HEAD_DIM]
        turned_low = pl.sub(
            pl.col_expand_mul(low, cos[:, 0:HALF]), pl.col_expand_mul(high, sin[:, 0:HALF])
        )
        turned_high = pl.add(
            pl.col_expand_mul(high, cos[:, HALF:HEAD_DIM]),
            pl.col_expand_mul(low, sin[:, HALF:HEAD_DIM]),
        )
        return pl.cast(pl.concat(turned_low, turned_high), pl.BF16, mode="rint")

    @pl.jit.inline
    def activate(x, w_gate, w_up, activated, tids):
        """SiLU(x @ w_gate) * (x @ w_up) into `activated`; `tids[i]` becomes the id of tile i."""
        for i in LOOP(0, INTERMEDIATE // MLP_TILE, 1):
            n = i * MLP_TILE
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="gate_up_silu") as tid:
                part = x[:, 0:K_TILE]
                gate = pl.matmul(part, w_gate[0:K_TILE, n : n + MLP_TILE], out_dtype=pl.FP32)
                up = pl.matmul(part, w_up[0:K_TILE, n : n + MLP_TILE], out_dtype=pl.FP32)
                for k in pl.pipeline(1, HIDDEN // K_TILE, stage=2):
                    k0 = k * K_TILE
                    part = x[:, k0 : k0 + K_TILE]
                    gate = pl.matmul_acc(gate, part, w_gate[k0 : k0 + K_TILE, n : n + MLP_TILE])
                    up = pl.matmul_acc(up, part, w_up[k0 : k0 + K_TILE, n : n + MLP_TILE])
                sigmoid = pl.recip(pl.add(pl.exp(pl.neg(gate)), 1.0))
                product = pl.mul(pl.mul(gate, sigmoid), up)
                activated[:, n : n + MLP_TILE] = pl.cast(product, pl.BF16, mode="rint")
            tids[i] = tid
        return activated

    @pl.jit
    def qwen3_14b_decode(
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
        # Input normalisation and projections.
        normed = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        norm_tid = rms_norm(hidden, input_norm, normed)
        queries = pl.create_tensor([BATCH, Q_WIDTH], dtype=pl.FP32)
        keys = pl.create_tensor([BATCH, KV_WIDTH], dtype=pl.FP32)
        values = pl.create_tensor([BATCH, KV_WIDTH], dtype=pl.FP32)
        queries = project(normed, wq, queries, Q_TILE, "q_proj", norm_tid)
        keys = project(normed, wk, keys, KV_TILE, "k_proj", norm_tid)
        values = project(normed, wv, values, KV_TILE, "v_proj", norm_tid)

        # Rotary embedding and cache update. The slots are disjoint, which only their data says.
        rotated = pl.create_tensor([BATCH * HEADS, HEAD_DIM], dtype=pl.BF16)
        cache_tids = pl.array.create(BATCH, pl.TASK_ID)
        for b in LOOP(0, BATCH, 1):
            position = pl.cast(pl.tensor.read(seq_lens, [b]), pl.INDEX) - 1
            slot = pl.cast(pl.tensor.read(slot_mapping, [b]), pl.INDEX)
            with pl.at(
                level=pl.Level.CORE_GROUP,
                name_hint="rope_cache_update",
                no_dep_args=[k_cache, v_cache] if spelling.caches else [],
            ) as tid:
                cos = rope_cos[position : position + 1, :]
                sin = rope_sin[position : position + 1, :]
                q = pl.reshape(queries[b : b + 1, :], [HEADS, HEAD_DIM])
                rotated[b * HEADS : b * HEADS + HEADS, :] = rotate(q, q_norm, cos, sin)
                key = pl.reshape(keys[b : b + 1, :], [KV_HEADS, HEAD_DIM])
                key = rotate(key, k_norm, cos, sin)
                value = pl.reshape(values[b : b + 1, :], [KV_HEADS, HEAD_DIM])
                value = pl.cast(value, pl.BF16, mode="rint")
                for h in pl.range(0, KV_HEADS, 1):
                    row = (slot // PAGE * KV_HEADS + h) * PAGE + slot % PAGE
                    k_cache[row : row + 1, :] = key[h : h + 1, :]
                    v_cache[row : row + 1, :] = value[h : h + 1, :]
            cache_tids[b] = tid

        # Attention over the pages of each sequence, after that sequence's cache update only.
        attended = pl.create_tensor([BATCH, Q_WIDTH], dtype=pl.BF16)
        for b in LOOP(0, BATCH, 1):
            length = pl.cast(pl.tensor.read(seq_lens, [b]), pl.INDEX)
            for h in LOOP(0, KV_HEADS, 1):
                with pl.at(
                    level=pl.Level.CORE_GROUP,
                    name_hint="attention",
                    deps=[cache_tids[b]] if spelling.caches else [],
                    no_dep_args=[k_cache, v_cache] if spelling.caches else [],
                    optimizations=[pl.split(pl.SplitMode.UP_DOWN)],
                ):
                    first = b * HEADS + h * GROUP
                    q_group = rotated[first : first + GROUP, :]
                    largest = pl.full([GROUP, 1], dtype=pl.FP32, value=-3.0e38)
                    total = pl.full([GROUP, 1], dtype=pl.FP32, value=0.0)
                    context = pl.full([GROUP, HEAD_DIM], dtype=pl.FP32, value=0.0)
                    for j in pl.range(0, (length + PAGE - 1) // PAGE, 1):
                        block = pl.cast(pl.tensor.read(block_table, [b, j]), pl.INDEX)
                        row = (block * KV_HEADS + h) * PAGE
                        valid = pl.min(PAGE, length - j * PAGE)
                        k_tile = k_cache[row : row + PAGE, :]
                        scores = pl.matmul(q_group, k_tile, out_dtype=pl.FP32, b_trans=True)
                        scores = pl.slice(
                            pl.mul(scores, SCALE), [GROUP, PAGE], [0, 0], valid_shape=[GROUP, valid]
                        )
                        scores = pl.fillpad(scores, pad_value=pl.PadValue.min)
                        new_largest = pl.maximum(largest, pl.row_max(scores))
                        rescale = pl.exp(pl.sub(largest, new_largest))
                        exponentials = pl.exp(pl.row_expand_sub(scores, new_largest))
                        total = pl.add(pl.mul(total, rescale), pl.row_sum(exponentials))
                        largest = new_largest
                        v_tile = pl.slice(
                            v_cache, [PAGE, HEAD_DIM], [row, 0], valid_shape=[valid, HEAD_DIM]
                        )
                        v_tile = pl.fillpad(v_tile, pad_value=pl.PadValue.zero)
                        shares = pl.cast(exponentials, pl.BF16, mode="rint")
                        context = pl.row_expand_mul(context, rescale)
                        context = pl.add(context, pl.matmul(shares, v_tile, out_dtype=pl.FP32))
                    context = pl.reshape(pl.row_expand_div(context, total), [1, GROUP_WIDTH])
                    columns = h * GROUP_WIDTH
                    attended[b : b + 1, columns : columns + GROUP_WIDTH] = pl.cast(
                        context, pl.BF16, mode="rint"
                    )

        # Output projection and MLP. The dependences on `activated` are the author's.
        residual = pl.create_tensor([BATCH, HIDDEN], dtype=pl.FP32)
        for n in LOOP(0, HIDDEN, OUT_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="o_proj"):
                x = attended[:, 0:ATTENDED_TILE]
                acc = pl.matmul(x, wo[0:ATTENDED_TILE, n : n + OUT_TILE], out_dtype=pl.FP32)
                for k in pl.pipeline(1, Q_WIDTH // ATTENDED_TILE, stage=2):
                    k0 = k * ATTENDED_TILE
                    x = attended[:, k0 : k0 + ATTENDED_TILE]
                    acc = pl.matmul_acc(acc, x, wo[k0 : k0 + ATTENDED_TILE, n : n + OUT_TILE])
                before = pl.cast(hidden[:, n : n + OUT_TILE], pl.FP32)
                residual[:, n : n + OUT_TILE] = pl.add(before, acc)
        mlp_input = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        rms_norm(residual, post_norm, mlp_input)

        activated = pl.create_tensor(
            [BATCH, INTERMEDIATE], dtype=pl.BF16, manual_dep=spelling.activated
        )
        silu_tids = pl.array.create(INTERMEDIATE // MLP_TILE, pl.TASK_ID)
        activated = activate(mlp_input, w_gate, w_up, activated, silu_tids)
        for n in LOOP(0, HIDDEN, OUT_TILE):
            with pl.at(
                level=pl.Level.CORE_GROUP,
                name_hint="down_proj",
                deps=[silu_tids] if spelling.down_waits else [],
            ):
                x = activated[:, 0:DOWN_TILE]
                acc = pl.matmul(x, w_down[0:DOWN_TILE, n : n + OUT_TILE], out_dtype=pl.FP32)
                for k in pl.pipeline(1, INTERMEDIATE // DOWN_TILE, stage=2):
                    k0 = k * DOWN_TILE
                    x = activated[:, k0 : k0 + DOWN_TILE]
                    acc = pl.matmul_acc(acc, x, w_down[k0 : k0 + DOWN_TILE, n : n + OUT_TILE])
                sums = pl.add(residual[:, n : n + OUT_TILE], acc)
                out[:, n : n + OUT_TILE] = pl.cast(sums, pl.BF16, mode="rint")
        return out

    return qwen3_14b_decode
