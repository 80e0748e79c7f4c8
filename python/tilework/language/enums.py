"""The enumerations of the language."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """Which part of the machine runs a region."""

    CORE_GROUP = "core_group"
    AIC = "aic"
    AIV = "aiv"
    CHIP_DIE = "chip_die"
    CHIP = "chip"
    HOST = "host"
    GLOBAL = "global"


class SplitMode(Enum):
    """How the vector work of a core group is shared by its two vector units."""

    NONE = 1
    UP_DOWN = 2
    LEFT_RIGHT = 3


class ScopeMode(Enum):
    """Who gives the dependences of the tasks in a `pl.scope`: the run-time system, or `deps=`."""

    AUTO = "auto"
    MANUAL = "manual"


class PadValue(Enum):
    """What `fillpad` writes: zero, or the smallest or largest value of the element type."""

    zero = "zero"
    min = "min"
    max = "max"
    null = "null"


class FunctionType(Enum):
    """What a function of a program class is."""

    Opaque = "opaque"
    Orchestration = "orchestration"
    InCore = "incore"
    Inline = "inline"
    AIC = "aic"
    AIV = "aiv"
    Group = "group"
    Spmd = "spmd"
    Graph = "graph"


class MemorySpace(Enum):
    """Where a tile lives; the compiler chooses, so that only `Vec`, its default, may be written."""

    DDR = "ddr"
    Vec = "vec"
    Mat = "mat"
    Left = "left"
    Right = "right"
    Acc = "acc"
    Bias = "bias"


class AtomicType(Enum):
    """How a store combines with what is there."""

    None_ = "none"
    Add = "add"


class Role(Enum):
    """Who runs a region."""

    Orchestrator = "orchestrator"
    SubWorker = "sub_worker"


class CmpType(Enum):
    """How `cmp` compares; the integers 0 to 5 and the names in lower case mean the same."""

    EQ = 0
    NE = 1
    LT = 2
    LE = 3
    GT = 4
    GE = 5


Mem = MemorySpace
