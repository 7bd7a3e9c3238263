//! The error codes that STS documents, for tests that go through all of them.

/// An error code of STS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StsErrorCode {
    pub code: &'static str,
    /// Whether the same request may succeed later.
    pub transient: bool,
}

const fn lasting(code: &'static str) -> StsErrorCode {
    StsErrorCode { code, transient: false }
}

const fn transient(code: &'static str) -> StsErrorCode {
    StsErrorCode { code, transient: true }
}

/// The error codes of AssumeRole and AssumeRoleWithWebIdentity, spelt as they are documented, and the common ones that
/// concern credentials.
pub const STS_ERROR_CODES: &[StsErrorCode] = &[
    lasting("InvalidParameter.ParamError"),
    lasting("InvalidParameter.OverTimeError"),
    transient("InvalidParameter.OverLimit"),
    lasting("InvalidParameter.AccountNotAvaliable"),
    lasting("InvalidParameter.GrantOtherResource"),
    lasting("InvalidParameter.PolicyTooLong"),
    lasting("InvalidParameter.ExtendStrategyOverSize"),
    lasting("InvalidParameter.StrategyFormatError"),
    lasting("InvalidParameter.StrategyInvalid"),
    lasting("InvalidParameter.ResouceError"),
    lasting("InvalidParameter.TempCodeNotAvaliable"),
    lasting("InvalidParameter.WebIdentityTokenError"),
    lasting("ResourceNotFound.RoleNotFound"),
    lasting("UnauthorizedOperation"),
    lasting("UnsupportedOperation"),
    lasting("FailedOperation.CheckMFAError"),
    lasting("FailedOperation.MFATypeNotSupported"),
    transient("InternalError.SystemError"),
    transient("InternalError.UnknownError"),
    transient("InternalError.DbError"),
    transient("InternalError.GetRoleError"),
    lasting("InternalError.IllegalRole"),
    transient("InternalError.EncryptError"),
    transient("InternalError.GetAppIdError"),
    transient("InternalError.GetSeedTokenError"),
    transient("InternalError.PbSerializeError"),
    transient("RequestLimitExceeded"),
    transient("RequestLimitExceeded.UinLimitExceeded"),
    lasting("AuthFailure.SecretIdNotFound"),
    lasting("AuthFailure.SignatureExpire"),
    lasting("AuthFailure.SignatureFailure"),
    lasting("AuthFailure.TokenFailure"),
    lasting("AuthFailure.UnauthorizedOperation"),
];
