import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import TINY_14B

lengths = st.lists(st.integers(0, TINY_14B.max_context), max_size=TINY_14B.batch)


@settings(max_examples=25, deadline=None)
@given(lengths, st.integers(0, 100))
def test_every_token_has_a_row_of_its_own(lengths, seed):
    batch = make_batch(TINY_14B, lengths, seed)
    assert batch.seq_lens.tolist() == lengths + [0] * (TINY_14B.batch - len(lengths))
    rows = [
        batch.cache_rows(row, torch.arange(int(batch.seq_lens[row]))).flatten()
        for row in batch.active_rows
    ]
    rows = torch.cat(rows) if rows else torch.empty(0, dtype=torch.int64)
    assert rows.unique().numel() == rows.numel() == sum(lengths) * TINY_14B.kv_heads
    if rows.numel():
        assert 0 <= rows.min() and rows.max() < TINY_14B.cache_rows


@settings(max_examples=25, deadline=None)
@given(lengths, st.integers(0, 100))
def test_cache_holds_the_past_and_nothing_else(lengths, seed):
    batch = make_batch(TINY_14B, lengths, seed)
    held = torch.zeros(TINY_14B.cache_rows, dtype=torch.bool)
    for row in batch.active_rows:
        held[batch.cache_rows(row, torch.arange(int(batch.seq_lens[row]) - 1))] = True
    for cache in (batch.k_cache, batch.v_cache):
        assert torch.equal(cache.isfinite().all(1), held)
        assert torch.equal(cache.isnan().all(1), ~held)


@settings(max_examples=25, deadline=None)
@given(lengths, st.integers(0, 100))
def test_slots_point_at_the_new_token(lengths, seed):
    batch = make_batch(TINY_14B, lengths, seed)
    inactive = batch.seq_lens == 0
    assert torch.equal(batch.slot_mapping < 0, inactive)
    assert batch.hidden[inactive].isnan().all() and batch.hidden[~inactive].isfinite().all()
    heads, page_size = TINY_14B.kv_heads, TINY_14B.page_size
    for row in batch.active_rows:
        page, offset = divmod(int(batch.slot_mapping[row]), page_size)
        expected = [(page * heads + head) * page_size + offset for head in range(heads)]
        assert batch.new_cache_rows(row).tolist() == expected


def test_a_page_of_one_head_is_a_contiguous_tile():
    batch = make_batch(TINY_14B, [TINY_14B.max_context])
    rows = batch.cache_rows(0, torch.arange(128, 256))
    page = int(batch.block_table[0, 1])
    assert rows[2].tolist() == list(range((page * 3 + 2) * 128, (page * 3 + 3) * 128))


def test_pages_are_dealt_in_random_order():
    batch = make_batch(TINY_14B, [TINY_14B.max_context] * TINY_14B.batch)
    pages = batch.block_table.flatten()
    assert not torch.equal(pages, pages.sort().values)
    assert torch.equal(pages.sort().values, torch.arange(TINY_14B.num_pages, dtype=torch.int32))


@pytest.mark.parametrize("active", [0, 1, 5, 16])
def test_ragged_lengths_fill_as_many_rows_as_asked(active):
    lengths = ragged_lengths(TINY_14B, active, seed=3)
    assert len(lengths) == TINY_14B.batch
    assert sum(length > 0 for length in lengths) == active
    if active >= 3:
        assert {1, TINY_14B.page_size, TINY_14B.max_context} <= set(lengths)


def test_own_caches_are_copies():
    batch = make_batch(TINY_14B, [7])
    copy = batch.with_own_caches()
    copy.k_cache.zero_()
    assert batch.k_cache.isnan().any() and copy.hidden is batch.hidden


def test_refuses_what_the_batch_cannot_hold():
    with pytest.raises(ValueError, match=r"expects lengths within 0..384, but got 385"):
        make_batch(TINY_14B, [385])
    with pytest.raises(ValueError, match="expects at most 16 lengths, but got 17"):
        make_batch(TINY_14B, [1] * 17)
    with pytest.raises(ValueError, match=r"expects active rows within 0..16, but got 17"):
        ragged_lengths(TINY_14B, 17)
