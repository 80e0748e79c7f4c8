"""Builders for the dialects `tile`, `task` and `core`, over upstream's Python bindings.

Importing this package makes every later `tilework_mlir.ir.Context` know Tilework's dialects,
`PassManager.parse` know its passes, and parsed operations carry the classes found here.
"""

import ctypes

from tilework_mlir import _mlir_libs

# Python loads extensions privately, and then each library has its own copy of the identities of
# MLIR's traits: libMLIR's must come first for libTilework, which is loaded next.
ctypes.CDLL(_mlir_libs._mlir.__file__, mode=ctypes.RTLD_GLOBAL)

from tilework import _tilework  # noqa: E402

_tilework.register_dialects(_mlir_libs.get_dialect_registry())
_tilework.register_passes()
_mlir_libs._mlir.globals.append_dialect_search_prefix("tilework.dialects")
