"""The dialect `core`: what one core group executes."""

from ._core_enum_gen import *  # noqa: F403
from ._core_ops_gen import *  # noqa: F403
