"""Two runs side by side: what differs, in the figures of their summaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .critical_path import KINDS
from .figures import bytes_text, share_text, time_text
from .summary import Summary


@dataclass(frozen=True)
class Figure:
    """One figure of both runs; None where a run has nothing of that name."""

    name: str
    before: float | None
    after: float | None
    write: Callable[[float], str]

    @property
    def change(self) -> str:
        """`-12.5 %`; of shares the difference."""
        if self.before is None or self.after is None:
            return "gone" if self.after is None else "new"
        if self.write is share_text:
            points = (self.after - self.before) * 100
            return f"{points:+.1f} points" if points else "="
        if self.before == self.after:
            return "="
        return f"{(self.after / self.before - 1) * 100:+.1f} %" if self.before else "from 0"

    def texts(self) -> tuple[str, str, str]:
        before, after = ("" if it is None else self.write(it) for it in (self.before, self.after))
        return before, after, self.change


@dataclass(frozen=True, repr=False)
class Comparison:
    before: Summary
    after: Summary

    def __str__(self) -> str:
        from .text import text_of

        return text_of(self)

    __repr__ = __str__

    @property
    def anomaly(self) -> str:
        """What there is to say of the same tasks on no fewer cores and no less bandwidth that take
        longer; else nothing."""
        before, after = self.before, self.after
        is_same = (before.tasks, before.instructions) == (after.tasks, after.instructions)
        is_better = after.bound <= before.bound and after.cubes.cores >= before.cubes.cores
        if not is_same or not is_better or after.makespan <= before.makespan:
            return ""
        return (
            "slower, though no core and no bandwidth is missing: tasks are dispatched in "
            "the order in which they become ready, and another order may fit worse"
        )

    def tables(self) -> Iterator[tuple[str, list[Figure]]]:
        """A title and its figures, in the order of reading."""
        yield "run", list(self._run())
        yield "time on the critical path", self._matched(lambda it: it.path_kinds, time_text, KINDS)
        yield "why it takes more than the bound", self._matched(_reasons, time_text)
        yield "scopes, on the critical path", self._matched(_of_scopes("on_path"), time_text)
        yield "scopes, mean task", self._matched(_of_scopes("mean"), time_text)
        yield "scopes, tasks", self._matched(_of_scopes("tasks"), _count)
        yield "HBM bytes", self._matched(_of_memories("hbm_read", "hbm_written"), bytes_text)
        yield "GM bytes", self._matched(_of_memories("read", "written"), bytes_text)

    def _run(self) -> Iterator[Figure]:
        def figure(name: str, of: Callable[[Summary], float], write: Callable = _count) -> Figure:
            return Figure(name, of(self.before), of(self.after), write)

        yield figure("time", lambda it: it.makespan, time_text)
        yield figure("bound", lambda it: it.bound, time_text)
        yield figure("share of the bound", lambda it: it.fraction, share_text)
        yield figure("compulsory bytes", lambda it: it.compulsory_bytes, bytes_text)
        yield figure("HBM bytes", lambda it: it.hbm_bytes, bytes_text)
        yield figure("GM bytes", lambda it: it.gm_bytes, bytes_text)
        yield figure("tasks", lambda it: it.tasks)
        yield figure("instructions", lambda it: it.instructions)
        yield figure("core groups", lambda it: it.cubes.cores)
        for name, of in (("cubes", lambda it: it.cubes), ("vectors", lambda it: it.vectors)):
            yield figure(f"{name} busy", lambda it, of=of: of(it).mean, share_text)
            loss = f"{name} idle while work was ready"
            yield figure(loss, lambda it, of=of: of(it).loss, share_text)
        yield figure("orchestrator busy", lambda it: it.orchestrator_busy, share_text)

    def _matched(
        self,
        of: Callable[[Summary], Mapping[str, float]],
        write: Callable[[float], str],
        order: tuple[str, ...] = (),
    ) -> list[Figure]:
        """By name, in the order of the second run, then what only the first has; no zeros."""
        before, after = of(self.before), of(self.after)
        names = dict.fromkeys([*order, *after, *before])
        figures = (Figure(name, before.get(name), after.get(name), write) for name in names)
        return [it for it in figures if it.before or it.after]


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _reasons(summary: Summary) -> dict[str, float]:
    return {it.what: it.time for it in summary.reasons}


def _of_scopes(field: str) -> Callable[[Summary], dict[str, float]]:
    return lambda summary: {it.name: getattr(it, field) for it in summary.scopes}


def _of_memories(*fields: str) -> Callable[[Summary], dict[str, float]]:
    def of(summary: Summary) -> dict[str, float]:
        totals: dict[str, float] = {}
        for it in summary.memories:
            moved = sum(getattr(it, field) for field in fields)
            totals[it.name] = totals.get(it.name, 0) + moved
        return totals

    return of
