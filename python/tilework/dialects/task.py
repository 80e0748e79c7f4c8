"""The dialect `task`: what runs where, after what."""

from ._task_enum_gen import *  # noqa: F403
from ._task_ops_gen import *  # noqa: F403
