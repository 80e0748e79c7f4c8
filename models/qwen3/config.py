"""Dimensions of the Qwen3 decode layer and the tiles it is computed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

FRACTAL = 16  # rows or columns of the smallest block the cube multiplies


@dataclass(frozen=True)
class LayerConfig:
    """One decoder layer of a Qwen3 model, and the decode batch it serves.

    Extents are element counts. `column_tile_limit` and `depth_tile_limit` bound the output
    columns and the reduction depth of one matmul tile; the tile itself is the largest multiple
    of 16 within the limit that divides the dimension.

    Raises ValueError, naming both numbers, if the dimensions contradict each other.
    """

    name: str
    hidden: int
    query_heads: int
    kv_heads: int
    intermediate: int
    layers: int
    vocabulary: int = 151936
    head_dim: int = 128
    rms_norm_eps: float = 1e-6
    rope_theta: float = 1e6
    batch: int = 16
    max_context: int = 4096
    page_size: int = 128
    column_tile_limit: int = 256
    depth_tile_limit: int = 128

    def __post_init__(self):
        for field, value in vars(self).items():
            if field != "name" and not value > 0:
                raise ValueError(f"expects {field} to be above 0, but got {value}")
        limits = ("column_tile_limit", "depth_tile_limit")
        for field in ("hidden", "intermediate", "page_size", *limits):
            _expect_multiple(field, getattr(self, field), str(FRACTAL), FRACTAL)
        # RoPE pairs element i with element i + head_dim / 2; both halves are tiles of their own.
        _expect_multiple("head_dim", self.head_dim, str(2 * FRACTAL), 2 * FRACTAL)
        _expect_multiple("query_heads", self.query_heads, "kv_heads", self.kv_heads)
        _expect_multiple("max_context", self.max_context, "page_size", self.page_size)

    @property
    def query_width(self) -> int:
        """Columns of the query projection."""
        return self.query_heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Columns of the key projection, and of the value projection."""
        return self.kv_heads * self.head_dim

    @property
    def group(self) -> int:
        """Query heads that share one KV head."""
        return self.query_heads // self.kv_heads

    @property
    def blocks_per_sequence(self) -> int:
        """Pages of the longest sequence: columns of the block table."""
        return self.max_context // self.page_size

    @property
    def num_pages(self) -> int:
        """Pages of the cache: enough for a batch of longest sequences."""
        return self.batch * self.blocks_per_sequence

    @property
    def cache_rows(self) -> int:
        """Rows of the key cache, and of the value cache: one per page, KV head and slot."""
        return self.num_pages * self.kv_heads * self.page_size

    def column_tile(self, extent: int) -> int:
        """Output columns of one matmul tile over a dimension of `extent` columns."""
        return _largest_tile(extent, self.column_tile_limit)

    def depth_tile(self, extent: int) -> int:
        """Reduction depth of one matmul step over a dimension of `extent` elements."""
        return _largest_tile(extent, self.depth_tile_limit)

    def with_tiles(self, columns: int, depth: int) -> LayerConfig:
        """The same layer with other tile limits."""
        return replace(self, column_tile_limit=columns, depth_tile_limit=depth)


def _expect_multiple(field: str, value: int, divisor_name: str, divisor: int) -> None:
    if value < divisor or value % divisor:
        named = divisor_name if divisor_name == str(divisor) else f"{divisor_name} ({divisor})"
        raise ValueError(f"expects {field} to be a multiple of {named}, but got {value}")


def _largest_tile(extent: int, limit: int) -> int:
    for tile in range(min(extent, limit) // FRACTAL * FRACTAL, 0, -FRACTAL):
        if extent % tile == 0:
            return tile
    raise ValueError(f"expects an extent that is a multiple of {FRACTAL}, but got {extent}")


QWEN3_14B = LayerConfig(
    "14b", hidden=5120, query_heads=40, kv_heads=8, intermediate=17408, layers=40
)
QWEN3_32B = LayerConfig(
    "32b", hidden=5120, query_heads=64, kv_heads=8, intermediate=25600, layers=64
)
# The same structure, small: 5 and 8 query heads to a KV head, no extent a power of two, and
# reductions of an odd number of steps.
TINY_14B = LayerConfig(
    "tiny-14b",
    hidden=560,
    query_heads=15,
    kv_heads=3,
    intermediate=720,
    layers=2,
    vocabulary=1000,
    max_context=384,
)
TINY_32B = LayerConfig(
    "tiny-32b",
    hidden=320,
    query_heads=16,
    kv_heads=2,
    intermediate=1040,
    layers=2,
    vocabulary=1000,
    max_context=640,
)

CONFIGS = {config.name: config for config in (QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B)}
