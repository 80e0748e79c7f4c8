"""Device descriptions: every number has unit and source, and a bad file is refused by name."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
from tilework import devices

A2A3 = Path(devices.__file__).with_name("a2a3.toml")
DIRECT_PATHS = ("l0c_to_ub", "ub_to_l1")  # only some devices have them


def test_every_known_device_loads():
    assert "a2a3" in devices.names()
    for name in devices.names():
        assert devices.load(name).name == name


def test_digest_is_that_of_the_bytes():
    device = devices.load("a2a3")
    assert device.digest == hashlib.sha256(A2A3.read_bytes()).hexdigest()
    assert device.target() == f'#tile.target<"a2a3", "{device.digest}">'


def test_capacities_fit_the_published_sizes():
    device = devices.load("a2a3")
    kib = {space: device[f"capacity.{space}"] / 1024 for space in ("l1", "l0a", "l0b", "l0c", "ub")}
    assert kib == {"l1": 512, "l0a": 64, "l0b": 64, "l0c": 128, "ub": 184}


def test_derived_numbers_follow_from_the_others():
    device = devices.load("a2a3")
    cycles = device["clock.core_hz"] * device["cores.groups"]
    assert device["l2.read_bandwidth"] == cycles * device.bandwidth("l2_to_l1", "vendor-optimistic")
    assert device["l2.write_bandwidth"] == cycles * 86


def test_the_first_profile_is_the_measured_one():
    device = devices.load("a2a3")
    assert device.bandwidth("l1_to_l0a") == 129.7
    assert device.bandwidth("l1_to_l0a", "vendor-optimistic") == 512.0


@pytest.mark.parametrize("name", devices.names())
def test_the_device_fit_is_nowhere_faster_than_the_optimistic_profile(name):
    device = devices.load(name)
    for name in device.entries:
        if name.startswith("bandwidth.device-fit."):
            path = name.rsplit(".", 1)[1]
            assert device.bandwidth(path) <= device.bandwidth(path, "vendor-optimistic"), path


@pytest.mark.parametrize("device", devices.names())
def test_a_guess_is_never_confident(device):
    for name, entry in devices.load(device).entries.items():
        if entry.source.startswith("assumed"):
            assert entry.confidence == "low", name


def test_the_devices_describe_the_same_things():
    first, second = devices.load("a2a3"), devices.load("a5")
    direct = {f"bandwidth.{p}.{path}" for p in second.profiles for path in DIRECT_PATHS}
    assert second.entries.keys() - first.entries.keys() == direct
    assert not first.entries.keys() - second.entries.keys()
    for name in first.entries:
        assert first.entries[name].unit == second.entries[name].unit, name


def test_what_a5_takes_from_a2a3_says_so():
    first, second = devices.load("a2a3"), devices.load("a5")
    taken = {name: e for name, e in second.entries.items() if e.source.endswith("as a2a3")}
    assert taken
    for name, entry in taken.items():
        assert (entry.value, entry.confidence) == (first[name], "low"), name


def test_a5_differs_as_published():
    device = devices.load("a5")
    kib = {space: device[f"capacity.{space}"] / 1024 for space in ("l1", "l0a", "l0b", "l0c", "ub")}
    assert kib == {"l1": 512, "l0a": 64, "l0b": 64, "l0c": 256, "ub": 240}
    assert device["paths.cube_vector_direct"] == 1
    assert devices.load("a2a3")["paths.cube_vector_direct"] == 0
    cycles = device["clock.core_hz"] * device["cores.groups"]
    assert device["l2.read_bandwidth"] == cycles * device.bandwidth("l2_to_l1")
    assert device["hbm.bandwidth"] < cycles * device.bandwidth("gm_to_l1")


def test_a_device_does_not_change():
    device = devices.load("a2a3")
    with pytest.raises(dataclasses.FrozenInstanceError):
        device.name = "other"
    with pytest.raises(TypeError):
        device.entries["capacity.l1"] = None


def test_a_missing_entry_is_named():
    with pytest.raises(KeyError, match=r"device a2a3 expects an entry 'capacity.l9'"):
        devices.load("a2a3")["capacity.l9"]


@pytest.mark.parametrize(
    "good, bad, message",
    [
        ('name = "a2a3"', "name = 3", r"bad.toml: 'name' expects str, but got 3"),
        ("format = 1", "format = 2", r"'format' expects 1, but got 2"),
        (
            "value = 524288",
            "value = -1",
            r"'capacity.l1.value' expects a number from 0.* got -1",
        ),
        ("value = 524288", "value = true", r"'capacity.l1.value' expects a number"),
        ("value = 524288", "value = nan", r"'capacity.l1.value' expects a number"),
        ("value = 524288, ", "", r"'capacity.l1' expects value, unit, source, confidence"),
        ('unit = "Hz"', 'unit = ""', r"'clock.core_hz.unit' expects a text, but got ''"),
        ('"derived: 24 x 86', '"24 x 86', r"'l2.write_bandwidth.source' expects one of"),
        (
            'source = "vendor: configuration", confidence = "high" }\nl1 =',
            'source = "vendor: configuration", confidence = "sure" }\nl1 =',
            r"'capacity.l2.confidence' expects high, medium, low, but got 'sure'",
        ),
        ('["device-fit", ', '["fit", ', r"'bandwidth' expects \['fit'"),
        ("[clock]\n", "[clock\n", r"bad.toml expects TOML"),
        ("[clock]\n", "turbo = 1\n[clock]\n", r"'turbo' expects a table, but got 1"),
    ],
)
def test_a_bad_file_is_refused_with_its_field(tmp_path, good, bad, message):
    text = A2A3.read_text()
    assert good in text
    file = tmp_path / "bad.toml"
    file.write_text(text.replace(good, bad, 1))
    with pytest.raises(devices.DeviceError, match=message):
        devices.load(file)


def test_a_path_must_stand_in_every_profile(tmp_path):
    lines = A2A3.read_text().split("\n")
    last = max(index for index, line in enumerate(lines) if line.startswith("ub_to_ub"))
    with pytest.raises(devices.DeviceError, match=r"'bandwidth.vendor-optimistic' expects paths"):
        devices.parse("\n".join(lines[:last] + lines[last + 1 :]).encode(), "bad.toml")


def test_an_unknown_device_is_refused():
    with pytest.raises(devices.DeviceError, match=r"expects a device of .*a2a3.*, but got 'z9'"):
        devices.load("z9")
