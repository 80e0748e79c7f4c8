"""Builders for the dialects `tile`, `task` and `core`, over upstream's Python bindings.

Importing this package makes every later `tilework_mlir.ir.Context` know Tilework's dialects,
`PassManager.parse` know its passes, and parsed operations carry the classes found here.
"""

from tilework_mlir import _mlir_libs

from tilework import _tilework

_tilework.register_dialects(_mlir_libs.get_dialect_registry())
_tilework.register_passes()
_mlir_libs._mlir.globals.append_dialect_search_prefix("tilework.dialects")
