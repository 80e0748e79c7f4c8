"""What a run did, without its data: tasks, dependences and the instructions of each.

Runs leave recordings (`tilework.options(record=True)`); the simulator replays them.
docs/recording.md describes the file.
"""

from .recording import Claim, Instruction, Kernel, Loop, Mark, Memory, Recording, Stream, Task, Wait

__all__ = [
    "Claim",
    "Instruction",
    "Kernel",
    "Loop",
    "Mark",
    "Memory",
    "Recording",
    "Stream",
    "Task",
    "Wait",
]
