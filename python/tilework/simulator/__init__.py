"""Replays recordings on a device description: how long the hardware would take, and why.

`docs/simulator.md` says what the model covers and what it does not.
"""

from .replay import compulsory, entries, replay
from .timeline import PIPES, STALLS, SUBMISSIONS, UNITS, Link, Series, Timeline

__all__ = [
    "PIPES",
    "STALLS",
    "SUBMISSIONS",
    "UNITS",
    "Link",
    "Series",
    "Timeline",
    "compulsory",
    "entries",
    "replay",
]
