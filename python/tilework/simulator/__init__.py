"""Replays recordings on a device description: how long the hardware would take, and why.

`docs/simulator.md` says what the model covers and what it does not.
"""

from .replay import compulsory, replay
from .timeline import PIPES, STALLS, UNITS, Link, Series, Timeline

__all__ = ["PIPES", "STALLS", "UNITS", "Link", "Series", "Timeline", "compulsory", "replay"]
