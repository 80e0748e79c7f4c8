"""Tracebacks that end at the author's own line."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TypeVar

from tilework.errors import TileworkError

Error = TypeVar("Error", bound=TileworkError)
PACKAGE = __name__.partition(".")[0]


def hide_internal_frames(error: Error) -> Error:
    """Drops this package's frames from an error's traceback, and from what is printed of it.

    Frames that the error passes afterwards are added by Python itself, so that the hook which
    prints uncaught errors drops them again.
    """
    if sys.excepthook is not _print_users_frames:
        _print_users_frames.previous = sys.excepthook  # type: ignore[attr-defined]
        sys.excepthook = _print_users_frames
    error.__suppress_context__ = True
    return error.with_traceback(None)


def users_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this package."""
    if traceback is None:
        return None
    rest = users_frames(traceback.tb_next)
    module = traceback.tb_frame.f_globals.get("__name__", "")
    if module == PACKAGE or module.startswith(PACKAGE + "."):
        return rest
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


def _print_users_frames(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if isinstance(error, TileworkError):
        traceback = users_frames(traceback)
        error = error.with_traceback(traceback)
    _print_users_frames.previous(kind, error, traceback)  # type: ignore[attr-defined]
