"""The same program gives the same bytes, in any process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, sys, torch
import tilework
from models.qwen3.batch import make_batch, ragged_lengths
from models.qwen3.config import CONFIGS
from models.qwen3.layer import arguments, decode_layer
from models.qwen3.weights import random_weights, rope_tables

config = CONFIGS["tiny-14b"]
batch = make_batch(config, ragged_lengths(config, 7, seed=7), seed=7)
out = torch.zeros_like(batch.hidden)
operands = arguments(random_weights(config), rope_tables(config), batch, out)
layer = decode_layer(config)
digest = lambda data: hashlib.sha256(data).hexdigest()
for form in ("traced", "fused", "graph", "native"):
    print(form, digest(layer.lower(*operands, form=form).encode()))
compiled = layer.compile(*operands)
assert not compiled.from_cache
print("image", digest(compiled.path.read_bytes()))
with tilework.options(threads=int(sys.argv[1]), order_seed=int(sys.argv[2])):
    layer(*operands)
print("out", digest(out.view(torch.int16).numpy().tobytes()))
"""


def outcome(folder, seed, threads):
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(seed),
        "TILEWORK_CACHE_DIR": str(folder / str(seed)),
        "PYTHONPATH": str(ROOT),
    }
    script = folder / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, script, str(threads), str(seed)]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_same_program_same_bytes(tmp_path):
    first, second = outcome(tmp_path, 1, 1), outcome(tmp_path, 2, 3)
    assert len(first) == 6
    assert first == second
