"""The spring spelling of both layers: right by transformers, and no hint is lost or obeyed blindly.

The programs run as their authors wrote them, chunks that divide nothing included.
"""

import re
from collections import Counter

import pytest
import tilework
import torch
from tilework.compiler.context import make_context
from tilework.compiler.jit import compile
from tilework.errors import ClaimError
from tilework_mlir import ir
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B
from models.qwen3.judge import Comparison, Errors, LayerResult, judge
from models.qwen3.layer import arguments as layer_arguments
from models.qwen3.variants import spring_32b
from models.qwen3.variants.spring_14b import HINTED, PLAIN, WRONG, spring_14b
from models.qwen3.variants.spring_head import spring_head
from models.qwen3.weights import random_weights, rope_tables

TILES = (64, 128)


class Spring32B:
    """The 32B program on one batch; its caches are dense."""

    def __init__(self, config, chunk, seed=1):
        self.program = spring_32b.spring_32b(config, chunk)
        self.weights = random_weights(config, seed=seed)
        self.batch = make_batch(config, ragged_lengths(config, seed=seed), seed=seed)

    def fresh(self):
        """Arguments whose outputs nobody has written yet."""
        self.before = spring_32b.dense_caches(self.batch)
        self.caches = tuple(cache.clone() for cache in self.before)
        self.out = torch.full_like(self.batch.hidden, torch.nan)
        rope = rope_tables(self.batch.config)
        return spring_32b.arguments(self.weights, rope, self.batch, self.caches, self.out)

    @property
    def written(self):
        return (self.out, *self.caches)

    def paged(self):
        """The run as the judge wants it; only the new tokens' rows of a dense cache may change."""
        config, paged = self.batch.config, self.batch.with_own_caches()
        for cache, before, after in zip(
            (paged.k_cache, paged.v_cache), self.before, self.caches, strict=True
        ):
            changed = (before.view(torch.int16) != after.view(torch.int16)).any(1)
            for row in self.batch.active_rows:
                last = self.batch.seq_lens[row : row + 1].long() - 1
                new = spring_32b.dense_rows(config, row, last)[:, 0]
                cache[self.batch.new_cache_rows(row)] = after[new]
                changed[new] = False
            assert not changed.any(), f"row {changed.nonzero()[0].item()} of a cache changed"
        return LayerResult(self.out, paged.k_cache, paged.v_cache)


class Spring14B:
    """The 14B layer on one batch."""

    def __init__(self, config, spelling=HINTED, seed=2):
        self.program = spring_14b(config, spelling)
        self.weights = random_weights(config, seed=seed)
        self.batch = make_batch(config, ragged_lengths(config, seed=seed), seed=seed)

    def fresh(self):
        """Arguments whose outputs nobody has written yet."""
        self.own = self.batch.with_own_caches()
        self.out = torch.full_like(self.batch.hidden, torch.nan)
        return layer_arguments(self.weights, rope_tables(self.batch.config), self.own, self.out)

    @property
    def written(self):
        return (self.out, self.own.k_cache, self.own.v_cache)

    def paged(self):
        return LayerResult(self.out, self.own.k_cache, self.own.v_cache)


class SpringHead:
    """The LM head on a layer's output."""

    def __init__(self, config, chunk, seed=2):
        self.config = config
        self.program = spring_head(config, chunk)
        generator = torch.Generator().manual_seed(seed)
        self.hidden = torch.randn((config.batch, config.hidden), generator=generator).bfloat16()
        norm = torch.empty((1, config.hidden)).uniform_(0.5, 1.5, generator=generator)
        self.norm = norm.bfloat16().float()
        matrix = torch.randn((config.hidden, config.vocabulary), generator=generator)
        self.matrix = (matrix * config.hidden**-0.5).bfloat16()

    def fresh(self):
        """Arguments whose output nobody has written yet."""
        self.logits = torch.full((self.config.batch, self.config.vocabulary), torch.nan)
        return self.hidden, self.norm, self.matrix, self.logits

    def judge(self):
        """Against the norm and the linear layer of transformers."""
        truth, theirs = (self._reference_logits(dtype) for dtype in (torch.float32, torch.bfloat16))
        ours = Errors.between(self.logits, truth)
        return Comparison("logits", ours, Errors.between(theirs, truth))

    @torch.no_grad()
    def _reference_logits(self, dtype):
        norm = Qwen3RMSNorm(self.config.hidden, eps=self.config.rms_norm_eps)
        norm.weight = torch.nn.Parameter(self.norm[0].to(dtype))
        hidden = norm(self.hidden.to(dtype))
        return torch.nn.functional.linear(hidden, self.matrix.t().to(dtype)).float()


def expect_right(case):
    report = judge(case.paged(), case.batch, case.weights)
    assert report.passed, str(report)


def bits(case):
    integers = {torch.bfloat16: torch.int16, torch.float32: torch.int32}
    return [array.view(integers[array.dtype]).clone() for array in case.written]


def expect_same_bits(case, expected):
    for position, (got, want) in enumerate(zip(bits(case), expected, strict=True)):
        assert torch.equal(got, want), f"output {position} differs"


def run_edited(case, *edits):
    """Runs the program after edits (pattern, replacement) of its traced form; each must match."""
    arguments = case.fresh()
    text = str(case.program.trace(*arguments).module)
    for pattern, replacement in edits:
        text, count = re.subn(pattern, replacement, text)
        assert count, f"nothing matches {pattern}"

    class Edited:
        module = ir.Module.parse(text, make_context())
        entry = re.search(r"task\.entry @(\w+)", text)[1]

    # claims are judged by what is left of the program
    compile(lambda: Edited, f"edited {text}", static_dependences=False).run(arguments)


@pytest.fixture(scope="module")
def spring32():
    return Spring32B(TINY_32B.with_tiles(*TILES), chunk=3)


@pytest.fixture(scope="module")
def spring14():
    return Spring14B(TINY_14B.with_tiles(*TILES))


def test_32b_decodes_like_transformers_and_as_the_reference_interpreter_says(spring32):
    arguments = spring32.fresh()
    with tilework.options(verify=True):
        spring32.program(*arguments)
    expect_right(spring32)


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_32b_gives_the_same_bits_in_chunks_of_any_size(spring32, chunk):
    spring32.program(*spring32.fresh())
    expected = bits(spring32)
    config = spring32.batch.config
    spring_32b.spring_32b(config, chunk)(*spring32.fresh())
    expect_same_bits(spring32, expected)


def test_32b_chunks_are_tasks_and_none_loses_its_tail(spring32):
    traced, fused = (spring32.program.lower(*spring32.fresh(), form=f) for f in ("traced", "fused"))
    assert traced.count("chunk(3)") == 7
    # 4, 32, 4, 16, 5, 5 and 5 iterations; one of the sevenfold in each of 65 rounds.
    assert "chunk" not in fused
    assert fused.count("affine.min") - traced.count("affine.min") == 7
    spring32.program(*spring32.fresh())
    tasks = spring32.program.entry.last_run.tasks
    config = spring32.batch.config
    blocks = int(((spring32.batch.seq_lens + 127) // 128).sum())
    heads = config.kv_heads * config.batch
    mlp = config.intermediate // config.column_tile(config.intermediate)
    scope_1 = 1 + 2 + 11 + 2 + 2 * 4
    scope_3 = 2 + 1 + mlp * (2 + 1 + 2) + 2
    assert tasks == scope_1 + 6 + heads * 2 + blocks * config.kv_heads * 4 + scope_3


def test_32b_carries_the_split(spring32):
    for form, count in (("traced", 1), ("fused", 1), ("graph", 1)):
        assert spring32.program.lower(*spring32.fresh(), form=form).count("split(up_down)") == count


def test_32b_needs_no_hint(spring32):
    spring32.program(*spring32.fresh())
    expected = bits(spring32)
    run_edited(spring32, (r" split\(up_down\)", ""), (r" chunk\(3\)", ""))
    expect_same_bits(spring32, expected)


def test_32b_zeroes_accumulators_without_reading_them(spring32):
    fused = spring32.program.lower(*spring32.fresh(), form="fused")
    zeros = set(re.findall(r"(%\w+) = arith\.constant 0\.0+e\+00 : f32", fused))
    assert zeros
    products = re.findall(r"tile\.mul %\S+, (%\w+) : [^,]*, f32", fused)
    assert products and not zeros & set(products)


def test_14b_decodes_like_transformers_and_as_the_reference_interpreter_says(spring14):
    arguments = spring14.fresh()
    with tilework.options(verify=True):
        spring14.program(*arguments)
    expect_right(spring14)


@pytest.mark.parametrize("chunk", [64, 512])
def test_the_head_is_that_of_transformers_and_no_chunk_loses_its_tail(chunk):
    case = SpringHead(TINY_14B.with_tiles(*TILES), chunk)
    case.program(*case.fresh())
    assert case.judge().passed, str(case.judge())
    assert case.program.last_run.tasks == 1 + -(-case.config.vocabulary // chunk)


@pytest.mark.parametrize("spelling", [PLAIN, WRONG], ids=["plain", "wrong"])
def test_14b_gives_the_same_bits_in_every_spelling(spring14, spelling):
    spring14.program(*spring14.fresh())
    expected = bits(spring14)
    spring_14b(spring14.batch.config, spelling)(*spring14.fresh())
    expect_same_bits(spring14, expected)


def test_14b_with_a_wrong_hint_is_refused():
    """Its results are right all the same: the claim is what is wrong."""
    case = Spring14B(TINY_14B.with_tiles(*TILES), WRONG)
    with tilework.options(check_races=True), pytest.raises(ClaimError) as caught:
        case.program(*case.fresh())
    (claim,) = caught.value.claims
    assert claim.kind == "manual_dep" and "activated" in claim.name
    assert "gate_up_silu" in claim.refutation and "down_proj" in claim.refutation


def test_14b_keeps_every_promise(spring14):
    with tilework.options(check_races=True):
        spring14.program(*spring14.fresh())
    claims = spring14.program.last_run.recording.claims
    assert {claim.kind for claim in claims} == {"parallel", "no_dep", "manual_dep"}
    assert all(claim.holds for claim in claims)


def graph_of(case):
    """The tasks of a run as (kernel, tasks it waits for)."""
    with tilework.options(trace=True):
        case.program(*case.fresh())
    tasks = case.program.last_run.result.tasks
    return [(task.kernel, {d.task for d in task.dependences}) for task in tasks]


def longest_chain(graph):
    """In tasks; joins only pass on."""
    depth = []
    for kernel, waits in graph:
        before = max((depth[task] for task in waits), default=0)
        depth.append(before + (kernel is not None))
    return max(depth)


def test_plain_code_is_as_parallel_as_hinted(spring14):
    """Cache updates, whose slots only their data tells apart, and writers of slices of one tensor
    wait for none of their kind."""
    plain = Spring14B(spring14.batch.config, PLAIN)
    graph = graph_of(plain)
    assert longest_chain(graph) == longest_chain(graph_of(spring14))
    for scope in ("rope_cache_update", "gate_up_silu", "attention"):
        tasks = {task for task, (kernel, _) in enumerate(graph) if kernel == scope}
        assert len(tasks) > 1
        assert not any(graph[task][1] & tasks for task in tasks)


HINTS = (
    r" deps\(%[^)]*\)",
    r" no_dep\([^)]*\)",
    r" manual_dep\b",
    r"stages\(2\)",
    r" split\(up_down\)",
)


@pytest.mark.parametrize("hint", HINTS)
def test_14b_carries_every_hint(spring14, hint):
    with tilework.options(static_dependences=False):  # which adds more of them
        counts = [
            len(re.findall(hint, spring14.program.lower(*spring14.fresh(), form=form)))
            for form in ("traced", "fused", "graph")
        ]
    assert counts[0] > 0 and counts == counts[:1] * 3


def test_14b_waits_for_the_tasks_it_names(spring14):
    """Each of an array's ids is one edge of every task that waits for the array."""
    config = spring14.batch.config
    mlp, hidden, queries, keys = (
        extent // config.column_tile(extent)
        for extent in (config.intermediate, config.hidden, config.query_width, config.kv_width)
    )
    graph = spring14.program.lower(*spring14.fresh(), form="graph")
    assert f"memref<{mlp}x!task.id>)" in re.search(r"submit @down_proj.*", graph)[0]
    with tilework.options(trace=True):
        spring14.program(*spring14.fresh())
    tasks = spring14.program.last_run.result.tasks
    waits = Counter(t.kernel for t in tasks for d in t.dependences if "explicit" in d.reasons)
    assert waits == {
        "q_proj": queries,
        "k_proj": keys,
        "v_proj": keys,
        "attention": config.batch * config.kv_heads,
        "down_proj": mlp * hidden,
    }


@pytest.mark.parametrize("stripped", [*[(hint,) for hint in HINTS], HINTS], ids=str)
def test_14b_needs_no_hint(spring14, stripped):
    """Without `deps`, the claims of `no_dep_args` and `manual_dep` are false."""
    spring14.program(*spring14.fresh())
    expected = bits(spring14)
    run_edited(spring14, *((hint, "stages(1)" if "stages" in hint else "") for hint in stripped))
    expect_same_bits(spring14, expected)


@pytest.mark.parametrize("seed", range(5))
def test_any_legal_order_gives_the_same_bits(spring14, spring32, seed):
    for case in (spring14, spring32):
        case.program(*case.fresh())
        expected = bits(case)
        with tilework.options(order_seed=seed):
            case.program(*case.fresh())
        expect_same_bits(case, expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_simulated_device_gives_the_same_bits(spring14, spring32, seed):
    for case in (spring14, spring32):
        case.program(*case.fresh())
        expected = bits(case)
        with tilework.options(exact=seed, check=seed == 0):
            case.program(*case.fresh())
        expect_same_bits(case, expected)


@pytest.mark.full
def test_32b_decodes_at_full_width():
    case = Spring32B(QWEN3_32B.with_tiles(*TILES), chunk=4)
    case.program(*case.fresh())
    expect_right(case)


@pytest.mark.full
def test_14b_decodes_at_full_width():
    case = Spring14B(QWEN3_14B)
    case.program(*case.fresh())
    expect_right(case)


@pytest.mark.full
def test_the_head_has_full_width():
    case = SpringHead(QWEN3_14B, chunk=512)
    case.program(*case.fresh())
    assert case.judge().passed, str(case.judge())
