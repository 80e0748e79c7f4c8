"""The dialect `tile`: what is computed, on values."""

from ._tile_enum_gen import *  # noqa: F403
from ._tile_ops_gen import *  # noqa: F403
