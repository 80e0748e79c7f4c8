"""What a run did, without its data: tasks, dependences and the instructions of each.

Runs leave recordings (`tilework.options(record=True)`); the simulator replays them.
docs/recording.md describes the file.
"""

from .recording import Kernel, Memory, Recording, Task, Wait

__all__ = ["Kernel", "Memory", "Recording", "Task", "Wait"]
