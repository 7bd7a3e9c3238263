"""Credentials providers."""

from __future__ import annotations

from math import ceil

from ._arguments import milliseconds, optional_path, optional_secret, optional_text, secret, text
from ._errors import make, read_error
from ._fetching import name_of, native_function
from ._ffi import lib
from ._ffi import text as borrowed_text
from ._functions import call
from ._handle import Owned, owned
from ._options import checked, native_options
from ._secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Callable, NoReturn, Optional, Union

    from typing_extensions import Unpack

    from ._arguments import Seconds
    from ._fetching import CredentialsRequest, FetchedCredentials
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
    def from_env(cls, **sts: Unpack[ClientOptions]) -> Credentials:
        """From the environment, read now: `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, and for temporary ones
        `TENCENTCLOUD_TOKEN`. A role that `TENCENTCLOUD_ROLE_ARN` names is assumed. sts: as in `assume_role`."""
        native = native_options(checked(sts))
        return cls._of("environment", make(FREE, lib.tcdb_credentials_env_with, native))

    @classmethod
    def from_profile(
        cls,
        profile: Optional[str] = None,
        *,
        path: Union[str, os.PathLike[str], None] = None,
        **sts: Unpack[ClientOptions],
    ) -> Credentials:
        """From a profile that the vendor's tools have written; a role that it names is assumed.

        profile: its name. None: the one that `TENCENTCLOUD_PROFILE` or `TCCLI_PROFILE` names, else "default".
        path: the file. None: where those tools look.
        sts: as in `assume_role`.
        """
        place, name = optional_path("path", path), optional_text("profile", profile)
        native = native_options(checked(sts))
        return cls._of("profile", make(FREE, lib.tcdb_credentials_profile_with, place, name, native))

    def assume_role(
        self,
        role_arn: str,
        *,
        session_name: Optional[str] = None,
        duration: Optional[Seconds] = None,
        external_id: Optional[str] = None,
        policy: Optional[str] = None,
        source_identity: Optional[str] = None,
        **sts: Unpack[ClientOptions],
    ) -> Credentials:
        """Credentials of a role that is assumed with these, by AssumeRole of STS; refreshed ahead of expiry.

        role_arn: like `"qcs::cam::uin/100000000001:roleName/reader"`.
        session_name: for the vendor's audit log. duration: seconds or a timedelta, up to 12 hours; default: 2 hours.
        external_id: what the role's owner requires. policy: JSON of CAM that narrows what the session may do.
        source_identity: the uin behind the session.
        sts: `sts_endpoint`, timeouts, `proxy` and `ca_file` for the requests to STS; not those of the client.
        """
        options = checked(sts)
        role = _role(session_name, duration, external_id, policy, source_identity)
        arn = text("role_arn", role_arn)
        native = native_options(options)
        return self._of("role", make(FREE, lib.tcdb_credentials_assume_role, self._handle, arn, role, native))

    @classmethod
    def from_web_identity(
        cls,
        role_arn: str,
        provider_id: str,
        token_file: Union[str, os.PathLike[str]],
        *,
        session_name: Optional[str] = None,
        duration: Optional[Seconds] = None,
        **sts: Unpack[ClientOptions],
    ) -> Credentials:
        """Credentials of a role that a token in a file gives a right to, by AssumeRoleWithWebIdentity of STS.

        provider_id: the identity provider's name in CAM. token_file: read at every fetch. The others: as in
        `assume_role`.
        """
        options = checked(sts)
        role = _role(session_name, duration)
        encoded = text("role_arn", role_arn), text("provider_id", provider_id), optional_path("token_file", token_file)
        native = native_options(options)
        return cls._of("web identity", make(FREE, lib.tcdb_credentials_web_identity, *encoded, role, native))

    @classmethod
    def from_tke(
        cls,
        *,
        session_name: Optional[str] = None,
        duration: Optional[Seconds] = None,
        **sts: Unpack[ClientOptions],
    ) -> Credentials:
        """Credentials of the role of the TKE pod that this runs in, named by its `TKE_` variables, read now."""
        options = checked(sts)
        role = _role(session_name, duration)
        return cls._of("TKE", make(FREE, lib.tcdb_credentials_tke, role, native_options(options)))

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
    def from_callable(
        cls,
        function: Callable[[CredentialsRequest], FetchedCredentials],
        *,
        name: Optional[str] = None,
        timeout: Optional[Seconds] = None,
    ) -> Credentials:
        """Credentials that a function of the program's fetches: from a vault, from another program, from anywhere.

            def fetch(request):
                secret = vault.read("tencentcloud", timeout=request.time_left)
                return FetchedCredentials(secret.id, secret.key, secret.token, expires=secret.expires)

        function: called with a `CredentialsRequest`, returns `FetchedCredentials`; not a coroutine function.
        name: of the source, for messages and logs, at most 128 bytes. Default: the function's.
        timeout: seconds or a timedelta; bounds what `time_left` says.

        When: never here; when nothing valid is held, ahead of the end, and once after the API has refused what it
        brought. Where: on the thread of the query or wait that finds it due, inside that call; of an `AsyncClient` on
        one of its own threads. One call at a time: other threads go on with what is valid, or wait within their own
        deadlines. It is not interrupted, but should heed `time_left`; what it brings too late serves the next call. It
        may use this package; a query with the very credentials that it is fetching raises `CredentialsError` at once.

        What it raises makes the query raise `CredentialsError`, whose message names the type of the exception and
        nothing else of it. A `TcdbError` is passed on with its message and `retryable`, so that
        `raise CredentialsError("the vault is sealed", retryable=True)` says why; of other exceptions an `OSError` that
        is not about a file counts as retryable. `KeyboardInterrupt` and `SystemExit` end the query and come out of it.

        It is kept as long as the credentials and every client that has used them. A forked child keeps what was held
        and calls it itself. While the interpreter exits, a call of it on another thread is waited for, and the clients
        that use it are closed if there is one.
        """
        if not callable(function):
            raise TypeError(f"function must be callable, not {type(function).__name__}")
        if timeout is not None:
            milliseconds("timeout", timeout)
        native = native_options({} if timeout is None else {"total_timeout": timeout})
        encoded, called = name_of(name, function), native_function(function)
        handle = make(FREE, lib.tcdb_credentials_callback, encoded, called, None, None, native)
        handle.keeps = [*handle.keeps, called]
        return cls._of("function", handle)

    @classmethod
    def _of(cls, source: str, handle: Owned) -> Credentials:
        made = cls.__new__(cls)
        made._source, made._handle = source, handle
        return made

    def fetch(self, *, timeout: Optional[Seconds] = None) -> None:
        """Fetches now what the first query would fetch, unless something valid is held: a check at start-up.

        timeout: seconds or a timedelta. None: 30. Raises `CredentialsError` and `RequestTimeout`.
        """
        limit = 0 if timeout is None else max(milliseconds("timeout", timeout), 1)
        error = Owned("tcdb_error_free")
        code = call(self._handle.keeps, lib.tcdb_credentials_fetch, self._handle, limit, error.place())
        if code:
            raise read_error(code, error)

    @property
    def source(self) -> str:
        """Where they come from, like `profile "work" in FILE`. Never a secret."""
        return borrowed_text(lib.tcdb_credentials_info_source(self._info())) or ""

    @property
    def expires(self) -> Optional[int]:
        """When those that are held end, in Unix seconds; None: never, or none are held."""
        return lib.tcdb_credentials_info_expires_unix_s(self._info()) or None

    def _info(self) -> Owned:
        return make("tcdb_credentials_info_free", lib.tcdb_credentials_info_new, self._handle)

    def __repr__(self) -> str:
        return f"<Credentials: {getattr(self, '_source', 'none')}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and cannot be pickled")


def _role(
    session_name: Optional[str],
    duration: Optional[Seconds],
    external_id: Optional[str] = None,
    policy: Optional[str] = None,
    source_identity: Optional[str] = None,
) -> Owned:
    seconds = 0 if duration is None else max(ceil(milliseconds("duration", duration) / 1000), 1)
    texts = [
        (lib.tcdb_role_set_session_name, optional_text("session_name", session_name)),
        (lib.tcdb_role_set_external_id, optional_text("external_id", external_id)),
        (lib.tcdb_role_set_policy, optional_text("policy", policy)),
        (lib.tcdb_role_set_source_identity, optional_text("source_identity", source_identity)),
    ]
    role = owned("tcdb_role_free", lib.tcdb_role_new)
    lib.tcdb_role_set_duration_s(role, seconds)
    for setter, value in texts:
        if value is not None:
            setter(role, value)
    return role


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
