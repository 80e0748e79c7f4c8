"""Timelines of the layers obey the laws, on each device and profile."""

import sys
from pathlib import Path

import pytest
from tilework import devices
from tilework.simulator import replay
from tilework.simulator.replay import entries

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))  # has the judges

from recording_format import decode, encode
from test_layer_recordings import record, time_only
from timeline_laws import check_laws

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import QWEN3_14B, QWEN3_32B, TINY_14B, TINY_32B
from models.qwen3.layer import decode_layer
from models.qwen3.weights import random_weights


def check(config, run, profiles):
    batch = make_batch(config, ragged_lengths(config, None, 0), 0)
    recording = run(decode_layer(config), config, random_weights(config, 0), batch)
    file = decode(recording.bytes)
    assert encode(file) == recording.bytes
    for name in ("a2a3", "a5"):
        device = devices.load(name)
        for profile in device.profiles[:profiles]:
            timeline = replay(recording, device, profile, instructions=True)
            assert check_laws(file, entries(device, profile), timeline) == []


@pytest.mark.parametrize("config", [TINY_14B, TINY_32B], ids=lambda config: config.name)
def test_tiny_layers(config):
    check(config, record, profiles=2)


@pytest.mark.full
@pytest.mark.parametrize("config", [QWEN3_14B, QWEN3_32B], ids=lambda config: config.name)
def test_layers_at_full_size(config):
    check(config, time_only, profiles=1)
