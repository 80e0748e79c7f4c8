"""A decode batch over a paged KV cache.

The cache of one layer is two matrices of `head_dim` columns, one row per token and KV head:

    row(page, head, offset) = (page * kv_heads + head) * page_size + offset

so that one page of one KV head is a contiguous [page_size, head_dim] tile. The token at position
p of sequence b lies in page `block_table[b, p // page_size]`, at offset `p % page_size`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from .config import LayerConfig


@dataclass(frozen=True)
class DecodeBatch:
    """What one decode step reads, and the caches it extends.

    hidden [batch, hidden] bf16; seq_lens [batch] int32, lengths *with* the new token, 0 for an
    inactive row; slot_mapping [batch] int32, page * page_size + offset of the new token, -1 for an
    inactive row; block_table [batch, blocks] int32, -1 where a sequence has no page;
    k_cache, v_cache [cache_rows, head_dim] bf16.

    Rows of the cache that hold no token are NaN, the new token's among them, and so are the
    hidden rows of inactive sequences: whoever computes with one of them will be seen.
    """

    config: LayerConfig
    hidden: torch.Tensor
    seq_lens: torch.Tensor
    slot_mapping: torch.Tensor
    block_table: torch.Tensor
    k_cache: torch.Tensor
    v_cache: torch.Tensor

    @property
    def active_rows(self) -> list[int]:
        """Batch rows that hold a sequence."""
        return self.seq_lens.nonzero().flatten().tolist()

    def cache_rows(self, row: int, positions: torch.Tensor) -> torch.Tensor:
        """Rows of the cache, int64 [kv_heads, len(positions)], of a sequence's tokens."""
        page_size, heads = self.config.page_size, self.config.kv_heads
        pages = self.block_table[row, positions // page_size].long()
        first_rows = pages[None, :] * heads + torch.arange(heads)[:, None]
        return first_rows * page_size + positions % page_size

    def new_cache_rows(self, row: int) -> torch.Tensor:
        """Rows of the cache, int64 [kv_heads], that the new token of a sequence will fill."""
        return self.cache_rows(row, self.seq_lens[row : row + 1].long() - 1)[:, 0]

    def past(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values before the new token, gathered: bf16 [kv_heads, length, head_dim]."""
        rows = self.cache_rows(row, torch.arange(int(self.seq_lens[row]) - 1))
        return self.k_cache[rows], self.v_cache[rows]

    def with_own_caches(self) -> DecodeBatch:
        """The same batch with copies of the caches, to run a layer on."""
        return replace(self, k_cache=self.k_cache.clone(), v_cache=self.v_cache.clone())


def make_batch(config: LayerConfig, lengths: Sequence[int], seed: int = 0) -> DecodeBatch:
    """A random batch whose row b holds `lengths[b]` tokens, the new one included.

    Rows of length 0, and rows beyond `lengths`, are inactive. Pages are dealt out in random order.
    Raises ValueError for more rows than the batch has or a length outside 0..max_context.
    """
    if len(lengths) > config.batch:
        raise ValueError(f"expects at most {config.batch} lengths, but got {len(lengths)}")
    for length in lengths:
        if not 0 <= length <= config.max_context:
            raise ValueError(f"expects lengths within 0..{config.max_context}, but got {length}")
    generator = torch.Generator().manual_seed(seed)
    lengths = [*lengths, *[0] * (config.batch - len(lengths))]
    block_table = _deal_pages(config, lengths, generator)
    slots = [_slot(config, block_table[row], length) for row, length in enumerate(lengths)]
    hidden = torch.randn((config.batch, config.hidden), generator=generator).to(torch.bfloat16)
    hidden[[length == 0 for length in lengths]] = torch.nan
    cache_shape = (config.cache_rows, config.head_dim)
    batch = DecodeBatch(
        config=config,
        hidden=hidden,
        seq_lens=torch.tensor(lengths, dtype=torch.int32),
        slot_mapping=torch.tensor(slots, dtype=torch.int32),
        block_table=block_table,
        k_cache=torch.full(cache_shape, torch.nan, dtype=torch.bfloat16),
        v_cache=torch.full(cache_shape, torch.nan, dtype=torch.bfloat16),
    )
    for row in batch.active_rows:
        rows = batch.cache_rows(row, torch.arange(lengths[row] - 1))
        for cache in (batch.k_cache, batch.v_cache):
            tokens = torch.randn((*rows.shape, config.head_dim), generator=generator)
            cache[rows] = tokens.to(torch.bfloat16)
    return batch


def ragged_lengths(config: LayerConfig, active: int | None = None, seed: int = 0) -> list[int]:
    """Lengths for a batch: random, the edge cases first, inactive rows in random places.

    `active` is the number of rows in use, by default all. With three or more, lengths 1 and
    `max_context` and a length that just fills a page are among them.
    """
    active = config.batch if active is None else active
    if not 0 <= active <= config.batch:
        raise ValueError(f"expects active rows within 0..{config.batch}, but got {active}")
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, config.max_context + 1, (active,), generator=generator)
    edges = torch.tensor([1, config.max_context, config.page_size])
    lengths[: min(active, 3)] = edges[:active]
    rows = torch.randperm(config.batch, generator=generator)[:active]
    return torch.zeros(config.batch, dtype=torch.int64).index_put((rows,), lengths).tolist()


def _deal_pages(
    config: LayerConfig, lengths: Sequence[int], generator: torch.Generator
) -> torch.Tensor:
    deck = torch.randperm(config.num_pages, generator=generator).to(torch.int32)
    table = torch.full((config.batch, config.blocks_per_sequence), -1, dtype=torch.int32)
    dealt = 0
    for row, length in enumerate(lengths):
        blocks = -(-length // config.page_size)
        table[row, :blocks] = deck[dealt : dealt + blocks]
        dealt += blocks
    return table


def _slot(config: LayerConfig, blocks: torch.Tensor, length: int) -> int:
    if length == 0:
        return -1
    page = int(blocks[(length - 1) // config.page_size])
    return page * config.page_size + (length - 1) % config.page_size
