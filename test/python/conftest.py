"""Which compiled tests run on the simulated device as well: these, and with --full all of them."""

import compiled_harness
import pytest

EXACT = {
    "test_compiled_carried_tensors",
    "test_compiled_carried_tiles",
    "test_compiled_control",
    "test_compiled_dynamic",
    "test_compiled_matmul",
    "test_compiled_shapes",
    "test_compiled_tasks",
    "test_compiled_tile_scalars",
}


@pytest.fixture(autouse=True)
def exact_too(request, monkeypatch):
    is_full = request.config.getoption("markexpr") == ""
    if is_full or request.module.__name__ in EXACT:
        monkeypatch.setattr(compiled_harness, "EXACT", True)
