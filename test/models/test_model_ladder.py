"""The layers, and what programs of spring are made of, mean the same at every form."""

import numpy as np
import pytest
import tilework
import torch
from test_spring_forms import PROGRAMS, X

from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import rope_tables


def expect_equal_rungs(found):
    assert not found.first_difference, str(found)
    assert not any(rung.error for rung in found.rungs), str(found)


def test_every_form_of_a_layer_means_the_same(config, weights):
    batch = make_batch(config, ragged_lengths(config, active=2, seed=3), seed=3)
    own = batch.with_own_caches()
    given = arguments(weights, rope_tables(config), own, torch.full_like(own.hidden, torch.nan))
    expect_equal_rungs(tilework.ladder(decode_layer(config), *given, seed=5))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_form_of_a_program_of_spring_means_the_same(program):
    expect_equal_rungs(tilework.ladder(program, X, np.full_like(X, np.nan)))
