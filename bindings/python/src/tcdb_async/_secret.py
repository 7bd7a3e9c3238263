"""A secret on its way into the library."""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class Secret(tuple["Any"]):
    """Holds a secret so that nothing shows it: formatters of tracebacks print the local variables of every frame.

    A tuple because a constructor written in Python would be such a frame itself. ctypes takes it as the bytes it holds.
    """

    __slots__ = ()

    @classmethod
    def of(cls, value: Optional[str]) -> Secret:
        return cls((value,))

    def __repr__(self) -> str:
        return "<hidden>"

    __str__ = __repr__

    @property
    def is_none(self) -> bool:
        return self[0] is None

    @property
    def type_name(self) -> str:
        return type(self[0]).__name__

    @property
    def is_text(self) -> bool:
        return isinstance(self[0], str)

    def encoded(self) -> Secret:
        """The text as UTF-8; a lone surrogate becomes a byte that the library refuses."""
        return self if self.is_none else Secret((self[0].encode("utf-8", "surrogatepass"),))

    def holds(self, part: str) -> bool:
        return not self.is_none and part in self[0]

    # What ctypes passes on. In C alone: what a signal handler raised within it would come out as another exception.
    _as_parameter_ = property(itemgetter(0))
