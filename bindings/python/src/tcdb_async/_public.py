"""What users see as the home of a public name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def rename_home(package: dict[str, object], names: Iterable[str]) -> None:
    """The package that users import the names from, in place of the modules that define them."""
    for name in names:
        value = package[name]
        if hasattr(value, "__module__"):
            setattr(value, "__module__", package["__name__"])  # noqa: B010
