"""Makes `models` importable from the checkout, and holds what several tests run on."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.qwen3.config import TINY_14B, TINY_32B
from models.qwen3.weights import random_weights


@pytest.fixture(autouse=True, scope="session")
def threads():
    torch.set_num_threads(min(2, torch.get_num_threads()))


@pytest.fixture(scope="session", params=[TINY_14B, TINY_32B], ids=lambda config: config.name)
def config(request):
    return request.param


@pytest.fixture(scope="session")
def weights(config):
    return random_weights(config, seed=1)
