"""Which device a program is compiled for: by its author, by the options, or by default."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from tilework import devices
from tilework.devices import DeviceError
from tilework.errors import LanguageError


def double(x: pl.Tensor, out: pl.Out[pl.Tensor]):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="twice"):
        out[:, :] = pl.add(x[:, :], x[:, :])
    return out


by_default = pl.jit(double)
for_a5 = pl.jit(double, device="a5")


def arrays():
    return np.arange(64, dtype=np.float32).reshape(4, 16), np.zeros((4, 16), np.float32)


def target_of(program):
    return program.compile(*arrays()).image.target


def test_the_author_names_the_device():
    assert target_of(by_default) == "a2a3"
    assert target_of(for_a5) == "a5"
    assert devices.load("a5").target() in for_a5.lower(*arrays())


def test_the_options_have_precedence():
    with tilework.options(device="a5"):
        assert target_of(by_default) == "a5"
        with tilework.options(device="a2a3"):
            assert target_of(for_a5) == "a2a3"
    assert target_of(by_default) == "a2a3"


def test_each_device_has_an_image_of_its_own():
    paths = set()
    for device in devices.names():
        with tilework.options(device=device):
            paths.add(by_default.compile(*arrays()).path)
    assert len(paths) == len(devices.names())


def test_results_are_those_of_any_device():
    x, out = arrays()
    with tilework.options(device="a5", exact=1, check=True):
        by_default(x, out)
    assert (out == 2 * x).all()


def test_an_unknown_device_is_refused():
    with pytest.raises(LanguageError, match=r"expects a device of a2a3, a5, but got 'z9'"):
        pl.jit(double, device="z9")
    with tilework.options(device="z9"), pytest.raises(DeviceError, match="but got 'z9'"):
        by_default(*arrays())
    with pytest.raises(LanguageError, match="device='a5'"):
        pl.jit.inline(double, device="a5")
