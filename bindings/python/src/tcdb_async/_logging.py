"""The library's log as Python's `logging` has it, under the name `tcdb_async`."""

from __future__ import annotations

import sys
from functools import partial

from ._ffi import LOG_LEVELS, lib, log_function, text_at
from ._functions import Pool
from ._threads import IS_MAIN_INTERPRETER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger
    from typing import Any, Optional

    from ._handle import Owned

NAME = "tcdb_async"
# The library's levels, and those of `logging`.
_LEVELS = {
    LOG_LEVELS["TCDB_LOG_ERROR"]: 40,
    LOG_LEVELS["TCDB_LOG_WARN"]: 30,
    LOG_LEVELS["TCDB_LOG_INFO"]: 20,
    LOG_LEVELS["TCDB_LOG_DEBUG"]: 10,
}


def log_to_python(options: Owned) -> None:
    """What is made with these options logs what the logger wants now. A program that has not imported `logging`, or
    has no handler, does not pay for it."""
    logger = _logger()
    if logger is None:
        return
    wanted = [ours for ours, level in _LEVELS.items() if logger.isEnabledFor(level)]
    if wanted and logger.hasHandlers():
        function = _function()
        lib.tcdb_options_set_log(options, max(wanted), function, None, None)
        options.keeps = [function]


def _logger() -> Optional[Logger]:
    logging = sys.modules.get("logging") if IS_MAIN_INTERPRETER else None
    get_logger = getattr(logging, "getLogger", None)
    return None if get_logger is None else get_logger(NAME)


def _log(level: int, line: int) -> None:
    logger = _logger()
    if logger is not None:
        logger.log(_LEVELS.get(level, 40), "%s", text_at(line))


def _function() -> Any:
    """One for all, made for the first that logs."""
    global _made
    if _made is None:
        # `max` calls its key for one parameter after the other.
        _made = log_function(Pool(_log, 2, lambda send: partial(max, key=send)))
    return _made


_made: Any = None
