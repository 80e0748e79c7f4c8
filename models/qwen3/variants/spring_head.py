"""The final normalisation and LM head, a vocabulary in chunks that need not divide it."""

import tilework.language as pl

from ..config import LayerConfig
from .spring_14b import normalisation


def spring_head(config: LayerConfig, chunk: int = 512):
    """The program for these dimensions, one task for each `chunk` columns of the vocabulary.

    Its arguments are a layer's output, BF16 [batch, hidden]; the final norm, FP32 [1, hidden]; the
    LM head's matrix, BF16 [hidden, vocabulary]; and logits, FP32 [batch, vocabulary], which it
    returns.
    """
    BATCH = config.batch
    HIDDEN = config.hidden
    VOCAB = config.vocabulary
    K_TILE = config.depth_tile(HIDDEN)
    CHUNKS = -(-VOCAB // chunk)
    rms_norm = normalisation(config)

    @pl.jit
    def lm_head(
        hidden: pl.Tensor[[BATCH, HIDDEN], pl.BF16],
        final_norm: pl.Tensor[[1, HIDDEN], pl.FP32],
        w_head: pl.Tensor[[HIDDEN, VOCAB], pl.BF16],
        logits: pl.Out[pl.Tensor[[BATCH, VOCAB], pl.FP32]],
    ):
        normed = pl.create_tensor([BATCH, HIDDEN], dtype=pl.BF16)
        norm_tid = rms_norm(hidden, final_norm, normed)
        for i in pl.parallel(0, CHUNKS, 1):
            n = i * chunk
            width = pl.min(chunk, VOCAB - n)
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="lm_head", deps=[norm_tid]):
                x = normed[:, 0:K_TILE]
                w = pl.slice(w_head, [K_TILE, chunk], [0, n], valid_shape=[K_TILE, width])
                acc = pl.matmul(x, w, out_dtype=pl.FP32)
                for k in pl.pipeline(1, HIDDEN // K_TILE, stage=2):
                    k0 = k * K_TILE
                    w = pl.slice(w_head, [K_TILE, chunk], [k0, n], valid_shape=[K_TILE, width])
                    acc = pl.matmul_acc(acc, normed[:, k0 : k0 + K_TILE], w)
                logits = pl.assemble(logits, acc, [0, n])
        return logits

    return lm_head
