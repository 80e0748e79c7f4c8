"""Laws that every timeline obeys, whatever the recording and the device.

`check_laws` believes nothing of the simulator but the timeline itself: what was recorded, what a
device's numbers say, and what of it must be conserved, ordered or bounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from instruction_costs import bytes_of, is_transfer
from recording_format import File, Opcode, Space
from timeline_cores import check_cores
from timeline_dispatch import Dispatch
from timeline_view import View, lines_of, transfers_of, union

LEDGER = ("read", "written", "hbm_read", "hbm_written", "dirty")
LINKS = {
    "hbm": "hbm.bandwidth",
    "l2_read": "l2.read_bandwidth",
    "l2_write": "l2.write_bandwidth",
}


def check_laws(file: File, numbers, timeline) -> list[str]:
    """What is wrong with a timeline; nothing, if it is lawful."""
    laws = (*Dispatch(file, numbers, timeline).laws(), *Sums(file, numbers, timeline).laws())
    errors = [f"{law.__name__}: {error}" for law in laws for error in law()]
    if len(timeline.instructions) or not timeline.operations:
        errors += [f"instructions: {error}" for error in check_cores(file, numbers, timeline)]
    return errors


class Sums(View):
    """What is conserved and bounded; each law yields what breaks it."""

    def laws(self):
        return (self.pipes, self.traffic, self.links, self.bounds, self.sums)

    def pipes(self) -> Iterator[str]:
        """On every pipe: busy and stalled is the time that its core had a task."""
        spans, by_kernel = defaultdict(int), defaultdict(int)
        holds, transfers = defaultdict(int), defaultdict(list)
        for unit in self.units:
            if self.file.tasks[unit["task"]].stream is None:
                yield f"join {unit['task']} executes"
                return
            spans[unit["group"], unit["unit"]] += unit["end"] - unit["begin"]
            kernel = self.file.stream_of(unit["task"]).kernel
            by_kernel[kernel, int(unit["unit"] != 0)] += unit["end"] - unit["begin"]
        for row in self.timeline.instructions:
            core = (int(row["group"]), int(row["unit"]), int(row["pipe"]))
            if is_transfer(self.file.instructions[row["instruction"]]):
                transfers[core].append((int(row["begin"]), int(row["end"])))
            else:
                holds[core] += int(row["end"] - row["begin"])
        tables = [(self.timeline.cores, spans), (self.timeline.kernels, by_kernel)]
        for table, expected in tables:
            for place in np.ndindex(table.shape):
                times = table[place]
                total, parts = int(times["busy"]) + int(times["stalled"].sum()), expected[place[:2]]
                if total != parts:
                    yield f"pipe {place} expects busy and stalled to be {parts}, but got {total}"
                if times["busy"] < 0 or (times["stalled"] < 0).any() or times["contended"] < 0:
                    yield f"pipe {place} expects times from 0"
                if times["contended"] > times["busy"]:
                    yield f"pipe {place} expects contention to be a part of busy time"
        if not len(self.timeline.instructions):
            return
        for place in np.ndindex(self.timeline.cores.shape):
            busy, hold = int(self.timeline.cores[place]["busy"]), holds[place]
            if not hold <= busy <= hold + union(transfers[place]):
                yield f"pipe {place} expects to be busy from {hold} on, but got {busy}"

    # ----------------------------------------------------------------------------------------------
    # Bytes
    # ----------------------------------------------------------------------------------------------

    def traffic(self) -> Iterator[str]:
        """Memories are read and written as recorded; each line comes and goes for a reason."""
        memories = len(self.file.memories)
        read, written = np.zeros(memories + 1, int), np.zeros(memories + 1, int)
        touched, distinct, out = defaultdict(int), defaultdict(set), defaultdict(int)
        moved = self.timeline.addresses - np.array(self.addresses, int)
        # Tensors with common addresses are counted together.
        shared = [
            self.timeline.policy.reuse and memory.tasks_before is not None
            for memory in self.file.memories
        ]
        group = lambda owner: -1 if shared[owner] else owner  # noqa: E731
        line = int(self.numbers["l2.line"])
        for number in self.executed:
            for _, it, region, address in transfers_of(self.file, number):
                owner = memories if address is None else self.owner_of(address)
                if it.opcode in (Opcode.DMA_LOAD, Opcode.POP):
                    read[owner] += bytes_of(region)
                    continue
                written[owner] += bytes_of(region)
                if address is not None:
                    lines = lines_of(region, address + int(moved[owner]), line)
                    touched[group(owner)] += len(lines)
                    distinct[group(owner)].update(lines)
        for owner, row in enumerate(self.timeline.memories):
            got = (int(row["read"]), int(row["written"]))
            if got != (read[owner], written[owner]):
                yield f"memory {owner} expects {read[owner]}, {written[owner]} bytes, but got {got}"
            if owner < memories:
                out[group(owner)] += int(row["hbm_written"]) + int(row["dirty"])
        for owner, bytes_out in out.items():
            if not line * len(distinct[owner]) <= bytes_out <= line * touched[owner]:
                expected = len(distinct[owner])
                yield f"memory {owner} expects {expected} lines out, got {bytes_out / line}"
        totals = {name: int(self.timeline.memories[name].sum()) for name in LEDGER}
        if self.timeline.hbm.bytes != totals["hbm_read"] + totals["hbm_written"]:
            yield f"the HBM expects the bytes of the ledgers, but got {self.timeline.hbm.bytes}"
        if self.timeline.l2_write.bytes != totals["written"]:
            yield f"the cache expects {totals['written']} written, {self.timeline.l2_write.bytes}"
        hits = self.timeline.l2_read.bytes
        if not totals["read"] - totals["hbm_read"] <= hits <= totals["read"]:
            yield f"the cache expects hits for what the HBM does not give, but got {hits}"

    def links(self) -> Iterator[str]:
        """Nothing is faster than its bandwidth, at no time; all bytes went some time."""
        for name, entry in LINKS.items():
            link, rate = getattr(self.timeline, name), self.numbers[entry]
            if not 0.999999 * rate <= link.bytes_per_second <= rate:
                yield f"{name} expects {rate} bytes/s, but got {link.bytes_per_second}"
            most = link.series.step * rate / 1e12
            if len(link.series.sums) and link.series.sums.max() > most * (1 + 1e-6):
                yield f"{name} expects at most {most} bytes a step, got {link.series.sums.max()}"
            # A flow ends on the next picosecond; sums are cut to 2^-24 bytes a picosecond.
            slack = self.timeline.events * rate / 1e12 + 1e-6 * link.bytes + 1
            if abs(link.series.sums.sum() - link.bytes) > slack:
                yield f"{name} expects {link.bytes} bytes, but got {link.series.sums.sum()}"

    # ----------------------------------------------------------------------------------------------
    # The whole
    # ----------------------------------------------------------------------------------------------

    def bounds(self) -> Iterator[str]:
        """The makespan is at least the critical path, and every resource's demand over its rate."""
        if not self.tasks:
            return
        span = self.timeline.makespan
        if span != max(task["completed"] for task in self.tasks):
            yield f"expects the makespan to be the last completion, but got {span}"
        demands = {
            "the orchestrator": self.timeline.orchestrator_busy,
            "schedulers": sum(self.timeline.scheduler_busy) / self.threads,
            "cubes": self.sum_of_units(0) / self.groups,
            "vector cores": self.sum_of_units(1) / (2 * self.groups),
            "HBM": int(self.timeline.memories["hbm_read"].sum())
            * 1e12
            / self.numbers[LINKS["hbm"]],
            "reads": self.timeline.l2_read.bytes * 1e12 / self.numbers[LINKS["l2_read"]],
            "writes": self.timeline.l2_write.bytes * 1e12 / self.numbers[LINKS["l2_write"]],
            "the critical path": self.critical_path(),
        }
        for name, demand in demands.items():
            if span < demand - 1:
                yield f"expects a makespan of {demand} at least for {name}, but got {span}"

    def critical_path(self) -> int:
        ends, shortest = [], {}
        around = sum(map(self.cost, ("to_core", "core_head", "from_core", "schedule_complete")))
        around += min(
            self.cost("schedule_dispatch"),
            self.cost("doorbell_store") if self.timeline.policy.early_dispatch else 1 << 60,
        )
        for number, task in enumerate(self.file.tasks):
            submitted = self.tasks[number]["submitted"]
            ready = max([submitted, *(ends[other] for other, _ in task.dependences)])
            if task.stream is not None:
                if task.stream not in shortest:
                    shortest[task.stream] = self.shortest(task.stream)
                ready += around + shortest[task.stream]
            ends.append(ready)
        return max(ends)

    def shortest(self, stream: int) -> int:
        """What the busiest pipe takes, its transfers at the best rate of their path."""
        longest = 0
        for unit, positions in enumerate(self.file.streams[stream].units):
            busy = defaultdict(int)
            for position in positions:
                it = self.file.instructions[position]
                if it.regions and it.opcode != Opcode.READ_SCALAR:
                    busy[it.pipe] += self.quickest(unit, it)
            longest = max([longest, *busy.values()])
        return longest

    def quickest(self, unit: int, it) -> int:
        if not is_transfer(it):
            return self.costs.hold(it)
        if it.regions[0].space == Space.L0C:
            return self.costs.fixpipe(it.regions[0])
        own = "l1" if unit == 0 else "ub"
        reads = it.opcode in (Opcode.DMA_LOAD, Opcode.POP)
        paths = (f"gm_to_{own}", f"l2_to_{own}") if reads else (f"{own}_to_gm",)
        best = max(self.numbers[f"bandwidth.{path}"] for path in paths)
        return int(self.costs.cycles(bytes_of(it.regions[0]) / best) * 0.999999)

    def sum_of_units(self, kind: int) -> int:
        return sum(u["end"] - u["begin"] for u in self.units if (u["unit"] != 0) == bool(kind))

    def sums(self) -> Iterator[str]:
        """Curves and losses add up to what the tables say."""
        t, ran = self.timeline, [self.tasks[number] for number in self.executed]
        expected = {
            "busy_cubes": self.sum_of_units(0),
            "busy_vectors": self.sum_of_units(1),
            "ready_tasks": sum(times["started"] - times["ready"] for times in ran),
            "loss_cubes": self.loss(0),
            "loss_vectors": self.loss(1),
        }
        for name, value in expected.items():
            got = getattr(t, name)
            got = got if isinstance(got, int) else int(got.sums.sum())
            if got != value:
                yield f"{name} expects {value}, but got {got}"
        count = sum(
            it.opcode < Opcode.SET_FLAG or it.opcode in (Opcode.PUSH, Opcode.POP)
            for number in self.executed
            for positions in self.file.stream_of(number).units
            for it in (self.file.instructions[position] for position in positions)
        )
        if t.operations != count:
            yield f"expects {count} operations, but got {t.operations}"

    def loss(self, kind: int) -> int:
        """Idle cores for which a task is ready, times how long."""
        changes = []
        for unit in self.units:
            if (unit["unit"] != 0) == bool(kind):
                changes += [(unit["begin"], -1, 0), (unit["end"], 1, 0)]
        for number in self.executed:
            kernel, times = self.file.kernel_of(number), self.tasks[number]
            wanted = kernel.lanes if kind else int(kernel.has_cube)
            changes += [(times["ready"], 0, wanted), (times["started"], 0, -wanted)]
        idle, wanted, since, loss = self.groups * (1 + kind), 0, 0, 0
        for time, more_idle, more_wanted in sorted(changes):
            loss += (time - since) * min(idle, wanted)
            since, idle, wanted = time, idle + more_idle, wanted + more_wanted
        return loss
