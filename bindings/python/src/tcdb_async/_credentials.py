"""Credentials providers."""

from __future__ import annotations

from ._arguments import optional_path, optional_secret, optional_text, secret
from ._errors import make
from ._ffi import lib
from ._options import checked, native_options
from ._secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import NoReturn, Optional, Union

    from typing_extensions import Unpack

    from ._handle import Owned
    from ._options import ClientOptions

FREE = "tcdb_credentials_free"


class Credentials:
    """A credentials provider. One may serve many clients and threads. Shows no secret, whatever it is asked.

    `Credentials(secret_id, secret_key, token=None)` holds what the program has; `token` belongs to temporary
    credentials. The methods `from_...` name the other sources.

    Raises `ConfigError` or `CredentialsError`.
    """

    __slots__ = ("_handle", "_source")

    _handle: Owned
    _source: str

    def __init__(self, secret_id: str, secret_key: str, token: Optional[str] = None) -> None:
        # The variables of this frame, which tracebacks may show, hold the secrets no longer.
        hidden = Secret.of(secret_id), Secret.of(secret_key), Secret.of(token)
        del secret_id, secret_key, token
        made = static(*hidden)
        self._source, self._handle = made._source, made._handle

    @classmethod
    def from_env(cls) -> Credentials:
        """From the environment, read now: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, and for temporary ones
        `TENCENTCLOUD_TOKEN`."""
        return cls._of("environment", make(FREE, lib.tcdb_credentials_env))

    @classmethod
    def from_profile(
        cls, profile: Optional[str] = None, *, path: Union[str, os.PathLike[str], None] = None
    ) -> Credentials:
        """From a profile that the vendor's tools have written.

        profile: its name. None: the one that `TCCLI_PROFILE` names, else "default".
        path: the file. None: where those tools look.
        """
        return cls._of(
            "profile",
            make(FREE, lib.tcdb_credentials_profile, optional_path("path", path), optional_text("profile", profile)),
        )

    @classmethod
    def from_cvm_role(cls, role: Optional[str] = None, **source: Unpack[ClientOptions]) -> Credentials:
        """From the role of the CVM instance that this runs on; refreshed ahead of expiry.

        role: its name. None: the one that the instance has.
        source: endpoint and timeouts of the metadata service itself.
        """
        source = checked(source)
        encoded = optional_text("role", role)
        return cls._of("CVM role", make(FREE, lib.tcdb_credentials_cvm_role, encoded, native_options(source)))

    @classmethod
    def from_default_chain(cls, **source: Unpack[ClientOptions]) -> Credentials:
        """From the first of the vendor's usual places that has credentials. source: as in `from_cvm_role`."""
        source = checked(source)
        return cls._of("default chain", make(FREE, lib.tcdb_credentials_default, native_options(source)))

    @classmethod
    def _of(cls, source: str, handle: Owned) -> Credentials:
        made = cls.__new__(cls)
        made._source, made._handle = source, handle
        return made

    def __repr__(self) -> str:
        return f"<Credentials: {getattr(self, '_source', 'none')}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and cannot be pickled")


def static(secret_id: Secret, secret_key: Secret, token: Secret) -> Credentials:
    """Credentials of secrets that are hidden already."""
    return Credentials._of(
        "static",
        make(
            FREE,
            lib.tcdb_credentials_static,
            secret("secret_id", secret_id),
            secret("secret_key", secret_key),
            optional_secret("token", token),
        ),
    )


def handle_of(credentials: Credentials) -> Owned:
    """The native credentials; a `TypeError` for what is none."""
    if not isinstance(credentials, Credentials):
        raise TypeError(f"credentials must be Credentials, not {type(credentials).__name__}")
    return credentials._handle
