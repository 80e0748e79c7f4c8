"""Arrays are described where they are, or refused with what to do instead."""

import ml_dtypes
import numpy as np
import pytest
import torch
from tilework.errors import ArgumentError
from tilework.runtime.arrays import ArraySpec, check, describe, encode_scalar

BF16 = ArraySpec("x", "bf16", (16, 5120))


def refusal(spec, array):
    with pytest.raises(ArgumentError) as raised:
        check(spec, describe(spec.name, array))
    return str(raised.value)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16", "float16", "bfloat16"])
def test_torch_and_numpy_are_described_alike(dtype):
    tensor = torch.zeros(6, 8, dtype=getattr(torch, dtype))[1:, 2:5]
    got = describe("x", tensor)
    assert got.address == tensor.data_ptr()
    assert (got.shape, got.strides) == ((5, 3), (8, 1))
    array = np.zeros((6, 8), getattr(ml_dtypes, dtype, dtype))[1:, 2:5]
    same = describe("x", array)
    assert same.address == array.ctypes.data
    assert (same.dtype, same.shape, same.strides) == (got.dtype, got.shape, got.strides)
    assert same.slots() == [array.ctypes.data, 0, 5, 3, 8, 1]


def test_a_wrong_type_names_both_and_the_repair():
    assert refusal(BF16, torch.zeros(16, 5120)) == (
        "argument 'x' expects bf16[16, 5120], but got f32[16, 5120]; "
        "convert it with x.to(torch.bfloat16)"
    )
    assert refusal(BF16, np.zeros((16, 5120), "f4")).endswith("x.astype(ml_dtypes.bfloat16)")
    assert refusal(ArraySpec("x", "i32", (4,)), np.zeros(4, "i8")).endswith("x.astype(np.int32)")


def test_a_wrong_shape_or_rank_names_both():
    tensor = torch.zeros(16, 512, dtype=torch.bfloat16)
    assert refusal(BF16, tensor) == "argument 'x' expects bf16[16, 5120], but got bf16[16, 512]"
    spec = ArraySpec("x", "bf16", (None, 5120))
    assert refusal(spec, tensor[0]) == "argument 'x' expects bf16[?, 5120], but got bf16[512]"
    check(ArraySpec("x", "bf16", (16, None)), describe("x", tensor))


def test_strides_are_free_but_the_innermost():
    spec = ArraySpec("x", "f32", (None, None))
    check(spec, describe("x", torch.zeros(8, 8)[::2, :4]))
    check(spec, describe("x", np.zeros((8, 8), "f4")[::-1]))
    check(spec, describe("x", torch.zeros(1, 8).t()))
    assert refusal(spec, torch.zeros(8, 4).t()) == (
        "argument 'x' expects its last dimension to be contiguous, but got a stride of 4 elements; "
        "pass x.contiguous()"
    )
    assert "np.ascontiguousarray(x)" in refusal(spec, np.zeros((8, 4), "f4").T)


def test_what_is_written_must_be_writable():
    spec = ArraySpec("out", "f32", (None, None), is_written=True)
    frozen = np.zeros((2, 2), "f4")
    frozen.flags.writeable = False
    assert "is written, but got a read-only array" in refusal(spec, frozen)
    check(ArraySpec("x", "f32", (2, 2)), describe("x", frozen))
    assert "dim 0 repeats one element 3 times" in refusal(spec, torch.zeros(1, 4).expand(3, 4))


def test_other_devices_and_objects_are_refused():
    spec = ArraySpec("x", "f32", (2,))

    class Elsewhere(torch.Tensor):
        device = torch.device("cuda", 0)

    assert "expects a tensor on cpu, but got one on cuda:0" in refusal(
        spec, torch.zeros(2).as_subclass(Elsewhere)
    )
    assert "expects a torch.Tensor or numpy.ndarray, but got builtins.list" in refusal(spec, [1, 2])
    assert "but got float64" in refusal(spec, np.zeros(2))
    assert "native byte order" in refusal(spec, np.zeros(2, ">f4"))
    assert "expects a strided tensor" in refusal(spec, torch.zeros(2).to_sparse())


def test_tensors_on_meta_lie_in_their_storage():
    rows = torch.zeros(4, 8, device="meta")
    whole, last = describe("rows", rows), describe("last", rows[3:])
    assert whole.storage == last.storage and whole.storage.size_bytes == 128
    assert (whole.address, last.address) == (0, 96)
    assert last.slots(1 << 20) == [(1 << 20) + 96, 0, 1, 8, 8, 1]
    assert describe("other", rows.clone()).storage != whole.storage


def test_integers_are_sign_extended_and_checked():
    assert encode_scalar("n", "i8", -3) == -3
    assert encode_scalar("n", "index", np.int32(7)) == 7
    assert encode_scalar("n", "u64", 2**64 - 1) == -1
    assert encode_scalar("n", "bool", True) == 1
    assert encode_scalar("n", "i32", torch.tensor(5)) == 5
    for dtype, value in [("i8", 128), ("u8", -1), ("bool", 2), ("i32", 1.5), ("index", "7")]:
        with pytest.raises(ArgumentError, match=f"argument 'n' expects {dtype}"):
            encode_scalar("n", dtype, value)


@pytest.mark.parametrize("value", [0.0, -1.5, 1 / 3, 3.0e38, 1e-40, float("inf"), float("nan")])
def test_floats_are_their_bits(value):
    with np.errstate(over="ignore"):
        assert encode_scalar("f", "f32", value) == np.float32(value).view(np.uint32)
        narrow = np.float32(value).astype(ml_dtypes.bfloat16)
        assert encode_scalar("f", "bf16", value) == narrow.view(np.uint16)
        assert encode_scalar("f", "f16", 0.1) == np.float16(0.1).view(np.uint16)
