"""What the simulated runtime decides, and how."""

from __future__ import annotations

from dataclasses import dataclass

SCHEDULINGS = ("fifo", "critical-path")
SUBMISSIONS = ("tasks", "graph")


@dataclass(frozen=True)
class Policy:
    """Choices of a replay.

    `scheduling`: which ready task a scheduler takes first. "fifo" is what public runtimes do: those
    of both kinds of cores, of the cube, of vector cores, each oldest first. "critical-path" takes
    the one with the longest chain of tasks behind it, as far as that has been submitted.

    `submission`: each recorded "graph" as a whole where that is cheaper, so that the runtime only
    looks for dependences that are not known; or "tasks" one by one.

    `early_dispatch`: whether a task may be brought to a core while the last it waits for execute.

    `reuse`: whether tensors of the run share addresses where the graph allows it; with "tasks" it
    has no effect, as nobody knows their last users in advance.

    Raises ValueError for other names.
    """

    scheduling: str = "critical-path"
    submission: str = "graph"
    early_dispatch: bool = True
    reuse: bool = True

    def __post_init__(self):
        for field, known in (("scheduling", SCHEDULINGS), ("submission", SUBMISSIONS)):
            value = getattr(self, field)
            if value not in known:
                raise ValueError(f"{field} expects one of {', '.join(known)}, but got '{value}'")

    def to_native(self) -> tuple[bool, bool, bool, bool]:
        by_path, as_graph = self.scheduling != "fifo", self.submission != "tasks"
        return by_path, as_graph, self.early_dispatch, self.reuse

    @classmethod
    def from_native(cls, given: tuple[bool, bool, bool, bool]) -> Policy:
        by_path, as_graph, early_dispatch, reuse = given
        return cls(SCHEDULINGS[by_path], SUBMISSIONS[as_graph], early_dispatch, reuse)

    def __str__(self) -> str:
        early = "early dispatch" if self.early_dispatch else "no early dispatch"
        reuse = "shared addresses" if self.reuse else "own addresses"
        return f"{self.scheduling}, submitted by {self.submission}, {early}, {reuse}"
