"""A chunk that does not divide its dimension: the tail is computed, or the error names both."""

import pytest
import tilework
import tilework.language as pl
import torch
from tilework.errors import LanguageError

BATCH, DEPTH, K_TILE = 16, 192, 64


def linear(vocabulary, lanes, in_bounds):
    """x @ w in chunks of 8 * `lanes` columns, a width that only the function computes."""

    @pl.jit
    def head(
        x: pl.Tensor[[BATCH, DEPTH], pl.BF16],
        w: pl.Tensor[[DEPTH, vocabulary], pl.BF16],
        out: pl.Out[pl.Tensor[[BATCH, vocabulary], pl.FP32]],
    ):
        CHUNK = 8 * lanes
        COUNT = (vocabulary + CHUNK - 1) // CHUNK
        tids = pl.array.create(COUNT, pl.TASK_ID)
        for i in pl.parallel(0, COUNT, 1):
            n = i * CHUNK
            width = pl.min(CHUNK, vocabulary - n) if in_bounds else CHUNK
            with pl.at(level=pl.Level.CORE_GROUP, name_hint="head") as tid:
                w_tile = pl.slice(w, [K_TILE, CHUNK], [0, n], valid_shape=[K_TILE, width])
                acc = pl.matmul(x[:, 0:K_TILE], w_tile, out_dtype=pl.FP32)
                for k in pl.pipeline(K_TILE, DEPTH, K_TILE, stage=2):
                    w_tile = pl.slice(w, [K_TILE, CHUNK], [k, n], valid_shape=[K_TILE, width])
                    acc = pl.matmul_acc(acc, x[:, k : k + K_TILE], w_tile)
                out = pl.assemble(out, acc, [0, n])
            tids[i] = tid
        return out

    return head


def operands(vocabulary):
    generator = torch.Generator().manual_seed(vocabulary)
    x = torch.randn((BATCH, DEPTH), generator=generator).bfloat16()
    w = torch.randn((DEPTH, vocabulary), generator=generator).bfloat16()
    return x, w, torch.full((BATCH, vocabulary), torch.nan)


@pytest.mark.parametrize("vocabulary", [16, 17, 500, 512, 513, 1000, 1001, 1024, 1535])
@pytest.mark.parametrize("lanes", [2, 64])
def test_the_tail_is_computed(vocabulary, lanes):
    x, w, out = operands(vocabulary)
    head = linear(vocabulary, lanes, in_bounds=True)
    with tilework.options(verify=True):
        head(x, w, out)
    torch.testing.assert_close(out, x.float() @ w.float(), rtol=1e-4, atol=1e-4)
    assert head.last_run.tasks == -(-vocabulary // (8 * lanes))


def test_a_chunk_that_leaves_the_dimension_is_refused_with_both_numbers():
    with pytest.raises(LanguageError) as refused:
        linear(1000, 64, in_bounds=False).trace(*operands(1000))
    text = str(refused.value)
    assert "dim 1 of size 1000" in text and "512:1024" in text


@pytest.mark.parametrize("rows", [1, 5, 16])
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7, 16, 100])
def test_the_last_chunk_of_a_parallel_loop_is_what_is_left(rows, chunk):
    @pl.jit
    def double(
        x: pl.Tensor[[rows, 64], pl.FP32],
        out: pl.Out[pl.Tensor[[rows, 64], pl.FP32]],
    ):
        with pl.auto_incore():
            for i in pl.parallel(0, rows, 1, chunk=chunk):
                row = pl.slice(x, [1, 64], [i, 0])
                out = pl.assemble(out, pl.mul(row, 2.0), [i, 0])
        return out

    x = torch.randn((rows, 64), generator=torch.Generator().manual_seed(0))
    out = torch.full_like(x, torch.nan)
    double(x, out)
    assert torch.equal(out, 2 * x)
    assert double.last_run.tasks == -(-rows // chunk)


def test_tails_are_written_side_by_side():
    x, w, out = operands(1000)
    head = linear(1000, 16, in_bounds=True)
    with tilework.options(trace=True):
        head(x, w, out)
    tasks = head.last_run.result.tasks
    assert [task.dependences for task in tasks] == [()] * 8
    assert tasks[-1].rectangles[-1].offsets == (0, 896)
    assert tasks[-1].rectangles[-1].sizes == (BATCH, 104)
