"""Says whether a decode step is right, by the layer of `transformers`.

The float32 layer, on weights and caches upcast from the same bf16 values, is the truth. bf16 has
errors of its own, so the yardstick is transformers' own bf16 run: our largest and our mean error
may each be at most 1.5 times theirs, and so may the mean error of every single row.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .batch import DecodeBatch
from .reference import ReferenceLayer, ReferenceResult
from .weights import LayerWeights

TOLERANCE = 1.5
ROWS_PER_FLOAT32_CALL = 4  # bounds the memory of expanded float32 keys and values


@dataclass(frozen=True)
class LayerResult:
    """What a decode step produced: hidden [batch, hidden] bf16, and the caches after it."""

    hidden: torch.Tensor
    k_cache: torch.Tensor
    v_cache: torch.Tensor


@dataclass(frozen=True)
class Errors:
    """Absolute errors of one tensor against float32; per-row means in `row_means`."""

    largest: float
    mean: float
    row_means: torch.Tensor

    @classmethod
    def between(cls, value: torch.Tensor, truth: torch.Tensor) -> Errors:
        if truth.numel() == 0:
            return cls(0.0, 0.0, truth.new_zeros(0))
        error = (value.float() - truth).abs().flatten(1).double()
        return cls(error.max().item(), error.mean().item(), error.mean(1))


@dataclass(frozen=True)
class Comparison:
    """Errors of one output of the layer: ours, and those of transformers in bf16."""

    name: str
    ours: Errors
    theirs: Errors

    @property
    def worst_row_ratio(self) -> float:
        """Largest ratio of a row's mean error to that of the same row in transformers."""
        if self.ours.row_means.numel() == 0:
            return 0.0
        smallest = torch.finfo(torch.float64).tiny  # 0 / 0 is a perfect row, not an error
        return (self.ours.row_means / self.theirs.row_means.clamp(min=smallest)).max().item()

    @property
    def passed(self) -> bool:
        # Written so that NaN fails.
        return (
            self.ours.largest <= TOLERANCE * self.theirs.largest
            and self.ours.mean <= TOLERANCE * self.theirs.mean
            and self.worst_row_ratio <= TOLERANCE
        )

    def __str__(self) -> str:
        return (
            f"{self.name:8} max {self.ours.largest:.2e} ({self.theirs.largest:.2e})  "
            f"mean {self.ours.mean:.2e} ({self.theirs.mean:.2e})  "
            f"worst row x{self.worst_row_ratio:.2f}  {'ok' if self.passed else 'FAILED'}"
        )


@dataclass(frozen=True)
class Report:
    """The judgement on one decode step; print it to read it."""

    comparisons: tuple[Comparison, ...]
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.violations and all(each.passed for each in self.comparisons)

    def __str__(self) -> str:
        head = "errors against float32: ours (transformers bf16)"
        lines = [head, *map(str, self.comparisons), *self.violations]
        return "\n".join([*lines, "passed" if self.passed else "FAILED"])


def judge(
    ours: LayerResult,
    batch: DecodeBatch,
    weights: LayerWeights,
    bf16: ReferenceResult | None = None,
) -> Report:
    """Compares `ours` with transformers on `batch`, which holds the caches *before* the step.

    `bf16` is transformers' own bf16 run of the same batch, if the caller already has it.
    """
    config = batch.config
    truth = ReferenceLayer(config, weights, torch.float32).run(batch, ROWS_PER_FLOAT32_CALL)
    if bf16 is None:
        bf16 = ReferenceLayer(config, weights, torch.bfloat16).run(batch)
    rows = batch.active_rows
    written = _new_cache_rows(batch)
    mine = {
        "hidden": ours.hidden[rows],
        "keys": ours.k_cache[written],
        "values": ours.v_cache[written],
    }
    comparisons = tuple(
        Comparison(
            name,
            Errors.between(mine[name], getattr(truth, name)),
            Errors.between(getattr(bf16, name), getattr(truth, name)),
        )
        for name in mine
    )
    return Report(comparisons, tuple(_violations(ours, batch, written)))


def _new_cache_rows(batch: DecodeBatch) -> torch.Tensor:
    rows = [batch.new_cache_rows(row) for row in batch.active_rows]
    return torch.stack(rows) if rows else torch.empty((0, batch.config.kv_heads), dtype=torch.int64)


def _violations(ours: LayerResult, batch: DecodeBatch, written: torch.Tensor):
    inactive = batch.seq_lens == 0
    if ours.hidden[inactive].count_nonzero():
        rows = (ours.hidden.count_nonzero(1) * inactive).nonzero().flatten().tolist()
        yield f"expects inactive rows of the output to be zero, but got values in rows {rows}"
    for name in ("k_cache", "v_cache"):
        before, after = getattr(batch, name), getattr(ours, name)
        # As integers: a NaN that stayed is equal to itself.
        changed = (before.view(torch.int16) != after.view(torch.int16)).any(1)
        changed[written.flatten()] = False
        if changed.any():
            first = changed.nonzero()[0].item()
            yield (
                f"expects {name} to change only where a new token goes, "
                f"but got {int(changed.sum())} other rows changed, row {first} the first"
            )
