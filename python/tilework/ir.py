"""Upstream's `ir` under the name that generated dialect modules import it by."""

from tilework_mlir.ir import *  # noqa: F403
