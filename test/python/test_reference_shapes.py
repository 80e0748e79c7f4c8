"""Making, reshaping, slicing and updating tensors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import (
    BF16,
    assert_same_bits,
    computed,
    execute,
    masked,
    type_of,
    undefined_indices,
)
from tilework.reference import CheckError, ExecutionError, UndefinedError


def matrix(rows, columns):
    return np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)


def test_empty_has_no_defined_element():
    result = execute("%r = tile.empty(%n) : tensor<2x?xf32>", {"n": 3}, "tensor<2x?xf32>")
    assert result.data.shape == (2, 3) and not result.mask.any()


def test_full_and_splat_repeat_a_value():
    v = BF16.type(1.5)
    for text in ("%r = tile.full %v(%n) : bf16 -> {r}", "%r = tensor.splat %v[%n] : {r}"):
        result = computed(text, {"v": v, "n": 3}, "tensor<2x?xbf16>")
        assert_same_bits(result, np.full((2, 3), 1.5, BF16))


def test_arange_counts_in_row_major_order_and_wraps():
    text = "%c = arith.constant {s} : {t}\n%r = tile.arange %c : {t} -> {r}"
    result = computed(text.replace("{s}", "5").replace("{t}", "i32"), {}, "tensor<2x3xi32>")
    assert_same_bits(result, np.array([[5, 6, 7], [8, 9, 10]], np.int32))
    result = computed(text.replace("{s}", "126").replace("{t}", "i8"), {}, "tensor<4xi8>")
    assert result.tolist() == [126, 127, -128, -127]


def test_broadcast_repeats_unit_dimensions():
    x = matrix(3, 1)
    result = computed(
        "%r = tile.broadcast %x(%n) : {x} -> {r}", {"x": x, "n": 4}, "tensor<3x?xf32>"
    )
    assert_same_bits(result, np.tile(x, (1, 4)))
    undefined = execute("%r = tile.broadcast %x() : {x} -> {r}", {"x": masked(x, (1, 0))},
                        "tensor<3x2xf32>")  # fmt: skip
    assert undefined_indices(undefined) == [[1, 0], [1, 1]]


def test_reshape_and_transpose_move_elements_and_masks():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    m = masked(x, (1, 2, 0))
    reshaped = execute("%r = tile.reshape %x : {x} -> {r}", {"x": m}, "tensor<6x4xf32>")
    assert_same_bits(reshaped.data, x.reshape(6, 4))
    assert undefined_indices(reshaped) == [[5, 0]]
    moved = execute("%r = tile.transpose %x [2, 0, 1] : {x}", {"x": m}, "tensor<4x2x3xf32>")
    for i, j, k in np.ndindex(2, 3, 4):
        assert moved.data[k, i, j] == x[i, j, k]
    assert undefined_indices(moved) == [[0, 1, 2]]


def test_fillpad_fills_up_to_the_capacity():
    tile = "tensor<2x?xf32, #tile.capacity<2x5>>"
    text = f"""%t = tensor.cast %x : {{x}} to tensor<2x?xf32>
               %s = tensor.extract_slice %x[0, 0] [2, %n] [1, 1] : {{x}} to {tile}
               %r = tile.fillpad %s, %v : {tile}, f32"""
    values = {"x": masked(matrix(2, 4), (1, 1), (0, 3)), "n": 3, "v": np.float32(-1)}
    result = execute(text, values, "tensor<2x5xf32>")
    assert result.data[:, 3:].tolist() == [[-1, -1]] * 2
    assert result.data[0].tolist() == [0, 1, 2, -1, -1]
    assert undefined_indices(result) == [[1, 1]]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_slices_and_updates_match_numpy(data):
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    i, j = data.draw(st.integers(0, rows)), data.draw(st.integers(0, columns))
    m, n = data.draw(st.integers(0, rows - i)), data.draw(st.integers(0, columns - j))
    x = matrix(rows, columns)
    values = {"x": x, "i": i, "j": j, "m": m, "n": n}
    text = """%s = tensor.extract_slice %x[%i, %j] [%m, %n] [1, 1] : {x} to tensor<?x?xf32>
              %d = tile.neg %s : tensor<?x?xf32>
              %r = tensor.insert_slice %d into %x[%i, %j] [%m, %n] [1, 1]
                : tensor<?x?xf32> into {x}"""
    wanted = x.copy()
    wanted[i : i + m, j : j + n] = -x[i : i + m, j : j + n]
    assert_same_bits(computed(text, values, type_of(x)), wanted)
    assert_same_bits(x, matrix(rows, columns))


def test_slices_drop_unit_dimensions():
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    text = "%r = tensor.extract_slice %x[%i, 1, 0] [1, %n, 4] [1, 1, 1] : {x} to tensor<?x4xf32>"
    result = computed(text, {"x": x, "i": 1, "n": 2}, "tensor<?x4xf32>")
    assert_same_bits(result, x[1, 1:3])
    text = "%r = tensor.extract_slice %x[%i, 1, 0] [1, 1, 4] [1, 1, 1] : {x} to tensor<4xf32>"
    assert_same_bits(computed(text, {"x": x, "i": 0}, "tensor<4xf32>"), x[0, 1])


def test_updates_spread_a_source_without_unit_dimensions():
    x = np.zeros((2, 3, 4), np.float32)
    text = "%r = tensor.insert_slice %s into %x[1, %i, 0] [1, 1, 4] [1, 1, 1] : {s} into {x}"
    s = np.array([1, 2, 3, 4], np.float32)
    result = computed(text, {"x": x, "s": s, "i": 2}, type_of(x))
    wanted = x.copy()
    wanted[1, 2] = s
    assert_same_bits(result, wanted)


@pytest.mark.parametrize("i, j", [(-1, 0), (3, 0), (0, 2)])
def test_slices_outside_are_refused(i, j):
    values = {"x": matrix(4, 3), "i": i, "j": j}
    read = "%r = tensor.extract_slice %x[%i, %j] [2, 2] [1, 1] : {x} to tensor<2x2xf32>"
    with pytest.raises(ExecutionError, match=r"'tensor.extract_slice' expects \["):
        execute(read, values, "tensor<2x2xf32>")
    write = """%s = tensor.extract_slice %x[0, 0] [2, 2] [1, 1] : {x} to tensor<2x2xf32>
      %r = tensor.insert_slice %s into %x[%i, %j] [2, 2] [1, 1] : tensor<2x2xf32> into {x}"""
    with pytest.raises(ExecutionError, match=r"'tensor.insert_slice' expects \["):
        execute(write, values, "tensor<4x3xf32>")


def test_slices_and_updates_move_masks():
    x = masked(matrix(3, 3), (1, 1), (2, 2))
    text = "%r = tensor.extract_slice %x[1, 1] [2, 2] [1, 1] : {x} to tensor<2x2xf32>"
    assert undefined_indices(execute(text, {"x": x}, "tensor<2x2xf32>")) == [[0, 0], [1, 1]]
    text = "%r = tensor.insert_slice %y into %x[0, 1] [2, 1] [1, 1] : {y} into {x}"
    y = masked(matrix(2, 1), (0, 0))
    result = execute(text, {"x": x, "y": y}, "tensor<3x3xf32>")
    assert undefined_indices(result) == [[0, 1], [2, 2]]


def test_an_update_leaves_the_old_value_to_other_uses():
    text = """%a = tile.neg %x : {x}
      %c = arith.constant 7.0 : f32
      %i = arith.constant 0 : index
      %b = tensor.insert %c into %a[%i, %i] : {x}
      %r = tile.sub %a, %b : {x}, {x}"""
    result = computed(text, {"x": matrix(2, 2)}, "tensor<2x2xf32>")
    assert result.tolist() == [[-7, 0], [0, 0]]


def test_an_update_leaves_the_old_mask_to_other_uses():
    text = """%e = tile.empty() : {x}
      %w = tensor.insert_slice %x into %e[0, 0] [1, 2] [1, 1] : {x} into {x}
      %r = tensor.concat dim(0) %e, %w : ({x}, {x}) -> {r}"""
    result = execute(text, {"x": matrix(1, 2)}, "tensor<2x2xf32>")
    assert undefined_indices(result) == [[0, 0], [0, 1]]


def test_elements_are_read_and_written():
    text = """%e = tensor.extract %x[%i, %j] : {x}
      %r = tensor.insert %e into %x[%j, %i] : {x}"""
    result = computed(text, {"x": matrix(3, 3), "i": 1, "j": 2}, "tensor<3x3xf32>")
    assert result[2, 1] == 5 and result.sum() == 36 - 7 + 5
    with pytest.raises(ExecutionError, match=r"an index within \[0, 3\) in dim 1, but got 3"):
        execute(text, {"x": matrix(3, 3), "i": 1, "j": 3}, "tensor<3x3xf32>")


def test_an_undefined_element_is_carried_by_scalars():
    x = masked(matrix(2, 2), (0, 1))
    text = """%e = tensor.extract %x[%i, %j] : {x}
      %f = arith.addf %e, %e : f32
      %r = tensor.insert %f into %x[%j, %j] : {x}"""
    result = execute(text, {"x": x, "i": 0, "j": 1}, "tensor<2x2xf32>")
    assert undefined_indices(result) == [[0, 1], [1, 1]]


def test_dim_concat_from_elements_and_cast():
    a, b = matrix(2, 2), masked(matrix(2, 1), (1, 0))
    result = execute("%r = tensor.concat dim(1) %a, %b : ({a}, {b}) -> {r}", {"a": a, "b": b},
                     "tensor<2x3xf32>")  # fmt: skip
    assert result.data[:, 2].tolist() == [0, 1] and undefined_indices(result) == [[1, 2]]
    text = """%d = tensor.cast %x : {x} to tensor<?x?xf32>
      %one = arith.constant 1 : index
      %n = tensor.dim %d, %one : tensor<?x?xf32>
      %m = arith.addi %n, %one : index
      %r = tensor.from_elements %n, %m : tensor<2xindex>"""
    assert computed(text, {"x": matrix(2, 7)}, "tensor<2xindex>").tolist() == [7, 8]


CHECKS = [
    ("in_bounds", (2, 3, 5), (3, 3, 5), r"\[3, 6\) within \[0, 5\) in dim 1"),
    ("in_bounds", (0, 0, 0), (-1, 2, 5), r"\[-1, 1\) within"),
    ("equal", (4, 4, 0), (4, 5, 0), "4 to equal 5 in dim 1"),
    ("positive", (1, 0, 0), (0, 0, 0), "0 to be positive"),
    ("at_most", (5, 5, 0), (6, 5, 0), "6 to be from 0 to 5"),
    ("at_most", (0, 5, 0), (-1, 5, 0), "-1 to be from 0 to 5"),
]


@pytest.mark.parametrize("kind, good, bad, message", CHECKS)
def test_checks_stop_with_their_values(kind, good, bad, message):
    names = ["%a", "%b", "%c"][: {"in_bounds": 3, "positive": 1}.get(kind, 2)]
    text = f"tile.check {kind}({', '.join(names)}) dim(1)\n%r = tile.neg %x : {{x}}"
    x = matrix(1, 1)
    execute(text, {"x": x, **dict(zip("abc", good, strict=True))}, "tensor<1x1xf32>")
    with pytest.raises(CheckError, match=message) as caught:
        execute(text, {"x": x, **dict(zip("abc", bad, strict=True))}, "tensor<1x1xf32>")
    assert caught.value.values == bad[: len(names)]
    assert caught.value.location is not None


@pytest.mark.parametrize("use", [
    "%r = tensor.extract_slice %x[%u, 0] [1, 1] [1, 1] : {x} to tensor<1x1xf32>",
    "%s = tensor.extract %x[%u, %u] : {x}\n%r = tensor.splat %s : {r}",
    "%s = tile.empty(%u) : tensor<?x1xf32>\n%r = tensor.cast %s : tensor<?x1xf32> to {r}",
    "tile.check positive(%u)\n%r = tile.neg %x : {r}",
])  # fmt: skip
def test_undefined_addresses_and_sizes_are_refused(use):
    text = (
        """%zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %t = tile.empty() : tensor<1xindex>
      %e = tensor.extract %t[%zero] : tensor<1xindex>
      %u = arith.addi %e, %one : index
      """
        + use
    )
    with pytest.raises(UndefinedError, match="to be defined, but got an undefined element"):
        execute(text, {"x": matrix(1, 1)}, "tensor<1x1xf32>")
