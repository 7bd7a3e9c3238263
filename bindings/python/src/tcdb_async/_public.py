"""What users see as the home of a public name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def rename_home(package: dict[str, object], names: Iterable[str]) -> None:
    """The package that users import the names from, in place of the modules that define them.

    For functions of classes too: from 3.13 on help() prints where each was defined.
    """
    home = package["__name__"]
    for name in names:
        value = package[name]
        members = vars(value).values() if isinstance(value, type) else ()
        for each in (value, *(getattr(member, "__func__", member) for member in members)):
            if str(getattr(each, "__module__", "")).startswith(f"{home}._"):
                setattr(each, "__module__", home)  # noqa: B010
