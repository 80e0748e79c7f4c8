"""How reports write numbers: decimal units, at most four digits that matter, ASCII."""

from __future__ import annotations

PICOSECONDS = 1e12  # a second


def time_text(picoseconds: float) -> str:
    """`1,489.6 us`; seconds from one on, nanoseconds below one microsecond."""
    size = abs(picoseconds)
    if size >= 1e12:
        return f"{picoseconds / 1e12:,.3f} s"
    if size >= 1e10:
        return f"{picoseconds / 1e9:,.2f} ms"
    if size >= 1e6 or size == 0:
        return f"{picoseconds / 1e6:,.1f} us"
    return f"{picoseconds / 1e3:,.1f} ns"


def bytes_text(count: float) -> str:
    """`797.4 MB`; three digits more from a gigabyte on."""
    return _scaled(count, "B", digits=3 if abs(count) >= 1e9 else 1)


def rate_text(bytes_per_second: float) -> str:
    """`1.60 TB/s`."""
    return _scaled(bytes_per_second, "B/s", digits=2)


def count_text(count: float, unit: str = "") -> str:
    """`21.5 GFLOP`."""
    return _scaled(count, unit, digits=1)


def share_text(share: float) -> str:
    """`53.5 %`."""
    return f"{share * 100:.1f} %"


def location_text(location: str) -> str:
    """`layer.py:12` of a recorded `/somewhere/layer.py:12:5`."""
    file, _, rest = location.rpartition("/")[2].partition(":")
    return f"{file}:{rest.partition(':')[0]}" if rest else file


def _scaled(amount: float, unit: str, digits: int) -> str:
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(amount) >= factor:
            return f"{amount / factor:.{digits}f} {prefix}{unit}"
    return f"{amount:.0f} {unit}".rstrip()
