"""A whole decode step: embedding, every layer over its own paged cache, final norm and LM head.

Weights of all layers stand below each other, so one matrix holds all of a kind: row blocks of
`weight_shapes(config)`, layer by layer; the caches likewise.
"""

from dataclasses import dataclass, fields, replace

import tilework.language as pl
import torch

from .batch import DecodeBatch
from .config import LayerConfig
from .layer import layer_part
from .weights import LayerWeights, weight_shapes


@dataclass(frozen=True)
class ModelWeights:
    """`layers` as in `LayerWeights`, stacked; embedding bf16 [vocabulary, hidden]; the final norm
    float32 [1, hidden]; `lm_head` bf16 [hidden, vocabulary]."""

    layers: LayerWeights
    embedding: torch.Tensor
    final_norm: torch.Tensor
    lm_head: torch.Tensor

    @classmethod
    def stack(
        cls,
        layers: list[LayerWeights],
        embedding: torch.Tensor,
        final_norm: torch.Tensor,
        lm_head: torch.Tensor,
    ) -> "ModelWeights":
        """Copies the layers of a model below each other."""
        stacked = {
            field.name: torch.cat([getattr(layer, field.name) for layer in layers])
            for field in fields(LayerWeights)
        }
        return cls(LayerWeights(**stacked), embedding, final_norm, lm_head)

    @classmethod
    def on_meta(cls, config: LayerConfig) -> "ModelWeights":
        """Weights without values, for runs that are only timed."""

        def empty(name: str, rows: int, columns: int) -> torch.Tensor:
            dtype = torch.float32 if name.endswith("norm") else torch.bfloat16
            return torch.empty((rows, columns), dtype=dtype, device="meta")

        layers = {
            name: empty(name, config.layers * rows, columns)
            for name, (rows, columns) in weight_shapes(config).items()
        }
        return cls(
            LayerWeights(**layers),
            empty("embedding", config.vocabulary, config.hidden),
            empty("final_norm", 1, config.hidden),
            empty("lm_head", config.hidden, config.vocabulary),
        )


def model_arguments(
    weights: ModelWeights,
    rope: tuple[torch.Tensor, torch.Tensor],
    tokens: torch.Tensor,
    batch: DecodeBatch,
    logits: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    """The arguments of the model in order; `batch` has the caches of all layers, and its `hidden`
    is not used. tokens [batch] int32 (any for inactive rows); logits float32 [batch, vocabulary].
    """
    layers = weights.layers
    return (
        tokens,
        weights.embedding,
        layers.input_norm,
        layers.wq,
        layers.wk,
        layers.wv,
        layers.q_norm,
        layers.k_norm,
        *rope,
        batch.seq_lens,
        batch.slot_mapping,
        batch.block_table,
        batch.k_cache,
        batch.v_cache,
        layers.wo,
        layers.post_norm,
        layers.w_gate,
        layers.w_up,
        layers.w_down,
        weights.final_norm,
        weights.lm_head,
        logits,
    )


def with_cache_of_every_layer(batches: list[DecodeBatch]) -> DecodeBatch:
    """One batch with the caches of all below each other, as `model_arguments` takes it."""
    return replace(
        batches[0],
        k_cache=torch.cat([batch.k_cache for batch in batches]),
        v_cache=torch.cat([batch.v_cache for batch in batches]),
    )


def random_ends(config: LayerConfig, seed: int = 0) -> dict[str, torch.Tensor]:
    """Seeded `embedding`, `final_norm` and `lm_head` under which logits stay of order one."""
    generator = torch.Generator().manual_seed(seed)

    def normal(rows: int, columns: int, deviation: float) -> torch.Tensor:
        draft = torch.empty((rows, columns)).normal_(0.0, deviation, generator=generator)
        return draft.to(torch.bfloat16)

    norm = torch.empty((1, config.hidden)).uniform_(0.5, 1.5, generator=generator)
    return {
        "embedding": normal(config.vocabulary, config.hidden, 1.0),
        "final_norm": norm.to(torch.bfloat16).float(),
        "lm_head": normal(config.hidden, config.vocabulary, config.hidden**-0.5),
    }


def decode_model(config: LayerConfig):
    """The model for these dimensions: a program to call with `model_arguments(...)`.

    It extends the caches of every layer by the new token, and writes the logits of the token after
    it into `logits`, which it returns. Logits of inactive rows are those of a hidden state of zero.
    """
    LAYERS = config.layers
    BATCH = config.batch
    HIDDEN = config.hidden
    HEAD_DIM = config.head_dim
    Q_WIDTH = config.query_width
    KV_WIDTH = config.kv_width
    INTERMEDIATE = config.intermediate
    VOCABULARY = config.vocabulary
    CONTEXT = config.max_context
    BLOCKS = config.blocks_per_sequence
    CACHE_ROWS = config.cache_rows
    PAGES = config.num_pages
    HIDDEN_DEPTH = config.depth_tile(HIDDEN)
    VOCABULARY_TILE = config.column_tile_limit
    EPSILON = config.rms_norm_eps
    PER_HIDDEN = 1.0 / config.hidden
    layer = layer_part(config, LAYERS)

    @pl.jit
    def qwen3_decode(
        tokens: pl.Tensor[[BATCH], pl.INT32],
        embedding: pl.Tensor[[VOCABULARY, HIDDEN], pl.BF16],
        input_norms: pl.Tensor[[LAYERS, HIDDEN], pl.FP32],
        wq: pl.Tensor[[LAYERS * HIDDEN, Q_WIDTH], pl.BF16],
        wk: pl.Tensor[[LAYERS * HIDDEN, KV_WIDTH], pl.BF16],
        wv: pl.Tensor[[LAYERS * HIDDEN, KV_WIDTH], pl.BF16],
        q_norms: pl.Tensor[[LAYERS, HEAD_DIM], pl.FP32],
        k_norms: pl.Tensor[[LAYERS, HEAD_DIM], pl.FP32],
        rope_cos: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        rope_sin: pl.Tensor[[CONTEXT, HEAD_DIM], pl.FP32],
        seq_lens: pl.Tensor[[BATCH], pl.INT32],
        slot_mapping: pl.Tensor[[BATCH], pl.INT32],
        block_table: pl.Tensor[[BATCH, BLOCKS], pl.INT32],
        k_caches: pl.InOut[pl.Tensor[[LAYERS * CACHE_ROWS, HEAD_DIM], pl.BF16]],
        v_caches: pl.InOut[pl.Tensor[[LAYERS * CACHE_ROWS, HEAD_DIM], pl.BF16]],
        wo: pl.Tensor[[LAYERS * Q_WIDTH, HIDDEN], pl.BF16],
        post_norms: pl.Tensor[[LAYERS, HIDDEN], pl.FP32],
        w_gate: pl.Tensor[[LAYERS * HIDDEN, INTERMEDIATE], pl.BF16],
        w_up: pl.Tensor[[LAYERS * HIDDEN, INTERMEDIATE], pl.BF16],
        w_down: pl.Tensor[[LAYERS * INTERMEDIATE, HIDDEN], pl.BF16],
        final_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        lm_head: pl.Tensor[[HIDDEN, VOCABULARY], pl.BF16],
        logits: pl.Out[pl.Tensor[[BATCH, VOCABULARY], pl.FP32]],
    ):
        hidden = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        for b in pl.parallel(0, BATCH, 1):
            length = pl.cast(pl.tensor.read(seq_lens, [b]), pl.INDEX)
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="embed"):
                if length > 0:
                    token = pl.cast(pl.tensor.read(tokens, [b]), pl.INDEX)
                    hidden[b : b + 1, :] = embedding[token : token + 1, :]
                else:
                    hidden[b : b + 1, :] = pl.full([1, HIDDEN], dtype=pl.BF16, value=0.0)

        for i in pl.range(0, LAYERS, 1):
            # A layer has read its input before it writes its output, which can take its place.
            hidden = layer(
                hidden,
                input_norms[i : i + 1, :],
                wq[i * HIDDEN : (i + 1) * HIDDEN, :],
                wk[i * HIDDEN : (i + 1) * HIDDEN, :],
                wv[i * HIDDEN : (i + 1) * HIDDEN, :],
                q_norms[i : i + 1, :],
                k_norms[i : i + 1, :],
                rope_cos,
                rope_sin,
                seq_lens,
                slot_mapping,
                block_table,
                k_caches,
                v_caches,
                wo[i * Q_WIDTH : (i + 1) * Q_WIDTH, :],
                post_norms[i : i + 1, :],
                w_gate[i * HIDDEN : (i + 1) * HIDDEN, :],
                w_up[i * HIDDEN : (i + 1) * HIDDEN, :],
                w_down[i * INTERMEDIATE : (i + 1) * INTERMEDIATE, :],
                hidden,
                i * PAGES,
            )

        normed = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="final_norm"):
            squares = pl.full([BATCH, 1], dtype=pl.FP32, value=0.0)
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = pl.cast(hidden[:, k : k + HIDDEN_DEPTH], pl.FP32)
                squares = pl.add(squares, pl.row_sum(pl.mul(x, x)))
            inverse_rms = pl.rsqrt(pl.add(pl.mul(squares, PER_HIDDEN), EPSILON))
            for k in pl.pipeline(0, HIDDEN, HIDDEN_DEPTH, stage=2):
                x = pl.cast(hidden[:, k : k + HIDDEN_DEPTH], pl.FP32)
                x = pl.row_expand_mul(x, inverse_rms)
                x = pl.col_expand_mul(x, final_norm[:, k : k + HIDDEN_DEPTH])
                normed[:, k : k + HIDDEN_DEPTH] = pl.cast(x, pl.BF16, mode="rint")

        # The vocabulary need not divide: the last tile has what is left.
        for n in pl.parallel(0, VOCABULARY, VOCABULARY_TILE):
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="lm_head"):
                columns = pl.min(VOCABULARY_TILE, VOCABULARY - n)
                acc = pl.matmul(
                    normed[:, 0:HIDDEN_DEPTH],
                    pl.slice(
                        lm_head,
                        [HIDDEN_DEPTH, VOCABULARY_TILE],
                        [0, n],
                        valid_shape=[HIDDEN_DEPTH, columns],
                    ),
                    out_dtype=pl.FP32,
                )
                for k in pl.pipeline(HIDDEN_DEPTH, HIDDEN, HIDDEN_DEPTH, stage=2):
                    w = pl.slice(
                        lm_head,
                        [HIDDEN_DEPTH, VOCABULARY_TILE],
                        [k, n],
                        valid_shape=[HIDDEN_DEPTH, columns],
                    )
                    acc = pl.matmul_acc(acc, normed[:, k : k + HIDDEN_DEPTH], w)
                logits[:, n : n + columns] = acc
        return logits

    return qwen3_decode
