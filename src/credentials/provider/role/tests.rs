use super::{Role, RoleOptions};

const ARN: &str = "qcs::cam::uin/100000000001:roleName/reader";

fn refused(arn: &str, options: &RoleOptions) -> String {
    Role::validate("role_arn", arn, options).unwrap_err().message().to_owned()
}

#[test]
fn a_role_has_defaults_and_an_encoded_policy() {
    let role = Role::validate("role_arn", ARN, &RoleOptions::default()).unwrap();
    assert_eq!((role.duration_s, role.session_name()), (7_200, format!("tcdb-async-{}", std::process::id())));
    let policy = Some(b"{\"version\": \"2.0\",\n \"statement\": [\"\xc3\xbc/~\"]}".to_vec());
    let role = Role::validate("role_arn", ARN, &RoleOptions { policy, ..RoleOptions::default() }).unwrap();
    let encoded = "%7B%22version%22%3A%20%222.0%22%2C%0A%20%22statement%22%3A%20%5B%22%C3%BC%2F~%22%5D%7D";
    assert_eq!(role.policy.as_deref(), Some(encoded));
}

#[test]
fn what_sts_would_refuse_is_refused_by_name() {
    for (arn, why) in [
        ("", "role_arn is empty"),
        ("acs:ram::1:role/x", "role_arn is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>"),
        ("qcs::cam::uin/1:roleName/a b", "role_arn holds a space or a control character"),
    ] {
        assert_eq!(refused(arn, &RoleOptions::default()), why);
    }
    let given = |text: &str| Some(text.as_bytes().to_vec());
    for (options, why) in [
        (
            RoleOptions { session_name: given("x"), ..RoleOptions::default() },
            "session_name is 1 bytes long; it must be 2 to 128",
        ),
        (
            RoleOptions { session_name: given("a/b"), ..RoleOptions::default() },
            "session_name holds something other than letters, digits and _+=,.@-",
        ),
        (
            RoleOptions { duration_s: 43_201, ..RoleOptions::default() },
            "duration_s is 43201; it must be 1 to 43200, 0 for the default",
        ),
        (
            RoleOptions { policy: given("[]"), ..RoleOptions::default() },
            "policy has a member twice or of the wrong type, or is not an object (at line 1, column 0)",
        ),
        (
            RoleOptions { policy: given("%7B%7D"), ..RoleOptions::default() },
            "policy is percent-encoded already; plain JSON is expected",
        ),
        (
            RoleOptions { external_id: given("a b"), ..RoleOptions::default() },
            "external_id holds something other than letters, digits and _+=,.@:/-",
        ),
    ] {
        assert_eq!(refused(ARN, &options), why);
    }
    assert!(Role::validate("a", ARN, &RoleOptions { external_id: given("a:/b"), ..RoleOptions::default() }).is_ok());
}
