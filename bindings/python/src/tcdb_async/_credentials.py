"""Where the right to ask comes from."""

from __future__ import annotations

from ._arguments import optional_path, optional_text, text
from ._ffi import lib
from ._handle import make
from ._options import NativeOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import NoReturn, Optional, Union

    from typing_extensions import Unpack

    from ._handle import Handle
    from ._options import ClientOptions


class Credentials:
    """The right to ask. One may serve many clients and threads. Shows no secret, whatever it is asked.

    `Credentials(secret_id, secret_key, token=None)` holds what the program has; `token` belongs to temporary
    credentials. The other sources are named by the methods. Raises `ConfigError` or `CredentialsError`.
    """

    __slots__ = ("_handle", "_source")

    _handle: Handle
    _source: str

    def __init__(self, secret_id: str, secret_key: str, token: Optional[str] = None) -> None:
        self._take(
            "given",
            make(
                lib.tcdb_credentials_free,
                lib.tcdb_credentials_static,
                text("secret_id", secret_id),
                text("secret_key", secret_key),
                optional_text("token", token),
            ),
        )

    @classmethod
    def from_env(cls) -> Credentials:
        """Read now: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`; for temporary ones `TENCENTCLOUD_TOKEN`."""
        return cls._of("environment", make(lib.tcdb_credentials_free, lib.tcdb_credentials_env))

    @classmethod
    def from_profile(
        cls, profile: Optional[str] = None, *, path: Union[str, os.PathLike[str], None] = None
    ) -> Credentials:
        """A profile that the vendor's tools have written. Without a path: where those look."""
        return cls._of(
            "profile",
            make(
                lib.tcdb_credentials_free,
                lib.tcdb_credentials_profile,
                optional_path("path", path),
                optional_text("profile", profile),
            ),
        )

    @classmethod
    def from_cvm_role(cls, role: Optional[str] = None, **source: Unpack[ClientOptions]) -> Credentials:
        """The role of the CVM instance that this runs on; renewed ahead of expiry.

        role: None: the one that the instance has. source: endpoint and timeouts of the metadata service itself.
        """
        encoded = optional_text("role", role)
        with NativeOptions(source) as options:
            return cls._of("CVM role", make(lib.tcdb_credentials_free, lib.tcdb_credentials_cvm_role, encoded, options))

    @classmethod
    def from_default_chain(cls, **source: Unpack[ClientOptions]) -> Credentials:
        """The first of the vendor's usual places that has credentials. source: as in `from_cvm_role`."""
        with NativeOptions(source) as options:
            return cls._of("default chain", make(lib.tcdb_credentials_free, lib.tcdb_credentials_default, options))

    @classmethod
    def _of(cls, source: str, handle: Handle) -> Credentials:
        made = cls.__new__(cls)
        made._take(source, handle)
        return made

    def _take(self, source: str, handle: Handle) -> None:
        self._source, self._handle = source, handle

    def __repr__(self) -> str:
        return f"<Credentials: {self._source}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and cannot be pickled")
