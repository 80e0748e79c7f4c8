"""Replays recordings on a device description: how long the hardware would take, and why.

`docs/simulator.md` says what the model covers and what it does not.
"""

from .policy import SCHEDULINGS, Policy
from .replay import Capacity, capacity, compulsory, entries, replay
from .timeline import PIPES, STALLS, SUBMISSIONS, UNITS, Link, Series, Timeline

__all__ = [
    "PIPES",
    "SCHEDULINGS",
    "STALLS",
    "SUBMISSIONS",
    "UNITS",
    "Capacity",
    "Link",
    "Policy",
    "Series",
    "Timeline",
    "capacity",
    "compulsory",
    "entries",
    "replay",
]
