"""The comparison of results by their bits."""

import numpy as np
import pytest
from reference_harness import BF16
from tilework.reference import compare


def test_equal_bits_compare_equal():
    for dtype in (np.float32, BF16, np.int8, np.bool_):
        x = np.ones((2, 3), dtype)
        assert compare(x, x.copy()) is None
    assert compare(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)) is None
    assert compare(np.float32(1).reshape(()), np.float32(1).reshape(())) is None


def test_the_first_difference_is_named():
    expected = np.zeros((2, 3), np.float32)
    actual = expected.copy()
    actual[1, 0], actual[1, 2] = 5, 6
    mismatch = compare(actual, expected)
    assert mismatch.index == (1, 0)
    assert (mismatch.actual, mismatch.expected, mismatch.differing_elements) == (5, 0, 2)
    assert "at [1, 0]" in str(mismatch) and "2 elements differ" in str(mismatch)


def test_one_bit_matters_but_the_payload_of_a_nan_does_not():
    one = np.ones(1, np.float32)
    assert compare(np.nextafter(one, np.float32(2)), one) is not None
    assert compare(np.array([-0.0], np.float32), np.array([0.0], np.float32)) is not None
    payload = np.array([0x7FC12345], np.uint32).view(np.float32)
    nan = np.array([np.nan], np.float32)
    assert compare(payload, nan) is None
    assert compare(one, nan) is not None and compare(nan, one) is not None
    assert compare(nan.astype(BF16), -nan.astype(BF16)) is None


def test_transposed_arrays_compare_by_index():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert compare(x.T, x.T.copy()) is None


@pytest.mark.parametrize("actual", [np.zeros(3, np.float32), np.zeros((2, 2), np.int32)])
def test_other_shapes_and_types_are_refused(actual):
    with pytest.raises(ValueError, match="expects"):
        compare(actual, np.zeros((2, 2), np.float32))
