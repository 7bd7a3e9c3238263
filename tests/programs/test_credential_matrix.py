"""What is set, and who signs: every combination of the places of tcdb_credentials_default, and of what can be wrong in them.

Who signed is what the mock server saw: the id of the request, and for a role who signed the request to STS and which role it was.
"""
import itertools
import json
import os

from fixture import HomeTest

PAIR = {"TENCENTCLOUD_SECRET_ID": "AKIDpair", "TENCENTCLOUD_SECRET_KEY": "k"}
FUNCTION = {"TENCENTCLOUD_SECRETID": "AKIDfunction", "TENCENTCLOUD_SECRETKEY": "k", "TENCENTCLOUD_SESSIONTOKEN": "function-token"}
POD_ROLE = "qcs::cam::uin/100000000001:roleName/pod"
ROLE = "qcs::cam::uin/100000000001:roleName/reader"
OTHER_ROLE = "qcs::cam::uin/100000000002:roleName/other"
INI = ".tencentcloud/credentials"
CLI = ".tccli/default.credential"
INI_TEXT = "[default]\nsecret_id = AKIDini\nsecret_key = k\n"
CLI_TEXT = json.dumps({"secretId": "AKIDcli", "secretKey": "k"})
INSTANCE = "the instance"


def cli(**members):
    return json.dumps({"secretId": "AKIDcli", "secretKey": "k", **{name.replace("_", "-"): value for name, value in members.items()}})


class Matrix(HomeTest):
    def setUp(self):
        super().setUp()
        for secret_id in ["AKIDpair", "AKIDini", "AKIDcli", "AKIDother", "AKIDfile"]:
            self.accept(secret_id)
        self.command(credentials={"secret_id": "AKIDfunction", "secret_key": "k", "token": "function-token"})
        self.command(credentials={"secret_id": "AKIDtoken", "secret_key": "k", "token": "a-token"})

    def pod(self, **changed):
        path = self.write("token", self.server["web_identity_token"] + "\n")
        variables = {"TKE_REGION": "ap-pod", "TKE_PROVIDER_ID": "OIDC", "TKE_WEB_IDENTITY_TOKEN_FILE": path, "TKE_ROLE_ARN": POD_ROLE}
        return {**variables, **changed}

    def signer(self, where, files=(), instance=True, **environment):
        """Who signed: "id", "id > role ARN", or the failure. Files are of this run alone."""
        self.command(clear=True)
        self.command(metadata={"role": "node" if instance else None})
        paths = [self.write(name, text) for name, text in dict(files).items()]
        ran = self.places(where, TCDB_ASYNC_STS_ENDPOINT=self.server["sts_http"], **environment)
        for path in paths:
            os.remove(path)
        self.assertEqual(ran.stderr, "")
        last = ran.stdout.splitlines()[-1]
        if last != "ok":
            self.assertEqual(self.command(seen=9)["seen"], [], "a failure signed a request")
            return last.replace(self.home, "HOME")
        return self.chain(self.command(seen=9)["seen"], self.command(sts_seen=9)["seen"])

    def chain(self, seen, sts_seen):
        self.assertEqual([request["refused"] for request in seen + sts_seen], [None] * len(seen + sts_seen))
        (request,) = seen
        name = INSTANCE if request["secret_id"].startswith("AKIDFAKETEMPORARY") else request["secret_id"]
        if not sts_seen:
            return name
        issued = self.command(sts_secret_ids=True)["ids"]
        self.assertEqual(request["secret_id"], issued[-1])
        base = sts_seen[0]["secret_id"] or "unsigned"
        base = INSTANCE if base.startswith("AKIDFAKETEMPORARY") else base
        return " > ".join([base, *(one["parameters"]["RoleArn"] for one in sts_seen)])

    def test_every_combination_of_the_places_of_the_chain(self):
        """64 of them, with the order written once: the first place that is set, and the environment's role over it."""
        places = [("pair", "AKIDpair"), ("function", "AKIDfunction"), ("profile", "AKIDini"), ("pod", f"unsigned > {POD_ROLE}"),
                  ("instance", INSTANCE)]
        for chosen in itertools.product([False, True], repeat=6):
            is_set = dict(zip([name for name, _ in places] + ["role"], chosen))
            environment = {**(PAIR if is_set["pair"] else {}), **(FUNCTION if is_set["function"] else {}),
                           **(self.pod() if is_set["pod"] else {}),
                           **({"TENCENTCLOUD_ROLE_ARN": ROLE} if is_set["role"] else {})}
            files = {INI: INI_TEXT} if is_set["profile"] else {}
            expected = next((signer for name, signer in places if is_set[name]), None)
            found = self.signer("default", files, is_set["instance"], **environment)
            with self.subTest(**is_set):
                if expected is None:
                    self.assertRegex(found, "^TCDB_ERR_CREDENTIALS: (role .*: )?no credentials found: environment: .*CVM role: the instance has no role$")
                else:
                    self.assertEqual(found, f"{expected} > {ROLE}" if is_set["role"] else expected)

    def check(self, rows):
        for expected, where, files, environment in rows:
            with self.subTest(expected=expected, where=where, **environment):
                self.assertEqual(self.signer(where, files, **environment), expected)

    def test_what_the_environment_says(self):
        path = self.write("id", "AKIDfile\n")
        key = self.write("key", "k\r\n")
        token = self.write("token.txt", "a-token")
        error = "TCDB_ERR_CREDENTIALS: "
        files = {"TENCENTCLOUD_SECRET_ID_FILE": path, "TENCENTCLOUD_SECRET_KEY_FILE": key}
        with_token = {"TENCENTCLOUD_SECRET_ID": "AKIDtoken", "TENCENTCLOUD_SECRET_KEY": "k"}
        self.check([
            ("AKIDpair", "env", {}, PAIR),
            ("AKIDfunction", "env", {}, FUNCTION),
            ("AKIDpair", "env", {}, {**PAIR, **FUNCTION}),
            ("AKIDfile", "env", {}, files),
            ("AKIDfile", "default", {}, files),
            ("AKIDpair", "env", {}, {**PAIR, "TENCENTCLOUD_SECRET_KEY": None, "TENCENTCLOUD_SECRET_KEY_FILE": key}),
            ("AKIDpair", "env", {}, {**PAIR, "TENCENTCLOUD_SECRET_KEY": "k\r\n"}),
            ("AKIDtoken", "env", {}, {**with_token, "TENCENTCLOUD_TOKEN": "a-token"}),
            ("AKIDtoken", "env", {}, {**with_token, "TENCENTCLOUD_SESSION_TOKEN": "a-token", "TENCENTCLOUD_SECURITY_TOKEN": "a-token"}),
            ("AKIDtoken", "env", {}, {**with_token, "TENCENTCLOUD_TOKEN_FILE": token}),
            ("AKIDtoken", "env", {}, {**with_token, "TENCENTCLOUD_SESSION_TOKEN_FILE": token}),
            (error + "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_ID_FILE are both set and differ", "env", {}, {**PAIR, **files}),
            (error + "TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is", "env", {}, {"TENCENTCLOUD_SECRET_ID": "AKIDpair"}),
            (error + "TENCENTCLOUD_SECRET_ID is not set, though TENCENTCLOUD_SECRET_KEY_FILE is", "env", {}, {"TENCENTCLOUD_SECRET_KEY_FILE": key}),
            (error + "TENCENTCLOUD_SESSIONTOKEN is not set, though TENCENTCLOUD_SECRETID is", "env", {}, {**FUNCTION, "TENCENTCLOUD_SESSIONTOKEN": None}),
            (error + "TENCENTCLOUD_SECRETKEY is not set, though TENCENTCLOUD_SECRETID is", "default", {INI: INI_TEXT}, {**FUNCTION, "TENCENTCLOUD_SECRETKEY": ""}),
            (error + "TENCENTCLOUD_SECRET_ID is in quotes; write the value without them", "env", {}, {**PAIR, "TENCENTCLOUD_SECRET_ID": '"AKIDpair"'}),
            (error + "TENCENTCLOUD_SECRET_KEY holds a space or something other than ASCII", "default", {}, {**PAIR, "TENCENTCLOUD_SECRET_KEY": "k "}),
            (error + "HOME/none (TENCENTCLOUD_SECRET_ID_FILE): no such file or directory", "default", {INI: INI_TEXT},
             {**files, "TENCENTCLOUD_SECRET_ID_FILE": os.path.join(self.home, "none")}),
            (error + "HOME/blank (TENCENTCLOUD_SECRET_KEY_FILE) holds a space or something other than ASCII", "env", {"blank": " k\n"},
             {**files, "TENCENTCLOUD_SECRET_KEY_FILE": os.path.join(self.home, "blank")}),
            (error + "TENCENTCLOUD_TOKEN and TENCENTCLOUD_SESSION_TOKEN_FILE are both set and differ", "env", {},
             {**PAIR, "TENCENTCLOUD_TOKEN": "x", "TENCENTCLOUD_SESSION_TOKEN_FILE": token}),
        ])

    def test_roles_that_the_environment_names(self):
        error = "TCDB_ERR_CREDENTIALS: "
        role = {**PAIR, "TENCENTCLOUD_ROLE_ARN": ROLE}
        self.check([
            (f"AKIDpair > {ROLE}", "env_with", {}, role),
            (f"AKIDpair > {ROLE}", "env_with", {}, {**PAIR, "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE}),
            (f"AKIDpair > {ROLE}", "env_with", {}, {**role, "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE}),
            (f"AKIDfunction > {ROLE}", "env_with", {}, {**FUNCTION, "TENCENTCLOUD_ROLE_ARN": ROLE}),
            (f"AKIDpair > {ROLE}", "default", {}, {**role, "TENCENTCLOUD_ROLE_SESSION_NAME": "s1"}),
            (f"AKIDcli > {ROLE}", "default", {CLI: cli(role_arn=ROLE).replace("role-arn", "role_arn")}, {}),
            (f"AKIDini > {ROLE}", "default", {INI: INI_TEXT + f"role_arn = {OTHER_ROLE}\n"}, {"TENCENTCLOUD_ROLE_ARN": ROLE}),
            (f"{INSTANCE} > {ROLE}", "default", {CLI: '{"type": "cvm-role"}'}, {"TENCENTCLOUD_ROLE_ARN": ROLE}),
            (error + "TENCENTCLOUD_ROLE_ARN asks to assume a role, which tcdb_credentials_env_with can", "env", {}, role),
            (error + "TENCENTCLOUD_ROLE_ARN and TENCENTCLOUD_ASSUME_ROLE_ARN are both set and differ", "env_with", {},
             {**role, "TENCENTCLOUD_ASSUME_ROLE_ARN": OTHER_ROLE}),
            (error + "TENCENTCLOUD_ROLE_ARN is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>", "default", {},
             {**PAIR, "TENCENTCLOUD_ROLE_ARN": "reader"}),
            (error + "TENCENTCLOUD_ROLE_SESSION_NAME is 1 bytes long; it must be 2 to 128", "default", {}, {**role, "TENCENTCLOUD_ROLE_SESSION_NAME": "s"}),
            (error + "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION is not a number of seconds", "default", {},
             {**role, "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": "2h"}),
            (error + "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION is set, but this way to a role is not supported", "default", {},
             {**role, "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION": "x"}),
            (error + "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN_FILE is set, but this way to a role is not supported", "default", {},
             {**PAIR, "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN_FILE": "x"}),
            (error + "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set", "env_with", {INI: INI_TEXT}, {"TENCENTCLOUD_ROLE_ARN": ROLE}),
        ])

    def test_how_a_role_of_the_environment_is_assumed(self):
        self.command(sts={"external_id": "xyz"})
        found = self.signer("default", **PAIR, TENCENTCLOUD_ASSUME_ROLE_ARN=ROLE, TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME="session",
                            TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION="900", TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID="xyz",
                            TENCENTCLOUD_ASSUME_ROLE_SOURCE_IDENTITY="100000000007")
        self.assertEqual(found, f"AKIDpair > {ROLE}")
        self.assertEqual(self.command(sts_seen=1)["seen"][0]["parameters"],
                         {"RoleArn": ROLE, "RoleSessionName": "session", "DurationSeconds": 900, "ExternalId": "xyz", "SourceIdentity": "100000000007"})

    def test_what_profiles_say(self):
        error = "TCDB_ERR_CREDENTIALS: "
        two = INI_TEXT + "[other]\nsecret_id = AKIDother\nsecret_key = k\n"
        ended = json.dumps({"secretId": "AKIDcli", "secretKey": "k", "token": "t", "type": "sso", "expiresAt": 1000000000, "sso": {}})
        self.check([
            ("AKIDini", "default", {INI: INI_TEXT, CLI: CLI_TEXT}, {}),
            ("AKIDcli", "default", {CLI: CLI_TEXT}, {}),
            ("AKIDother", "default", {INI: two}, {"TENCENTCLOUD_PROFILE": "other"}),
            ("AKIDother", "default", {INI: two}, {"TCCLI_PROFILE": "other", "TENCENTCLOUD_PROFILE": "other"}),
            ("AKIDini", "profile=default", {INI: two}, {"TENCENTCLOUD_PROFILE": "other"}),
            ("AKIDcli", "default", {"moved/default.credential": CLI_TEXT}, {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": os.path.join(self.home, "moved")}),
            ("AKIDcli", "default", {"moved/default.credential": CLI_TEXT}, {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": "~/moved"}),
            ("AKIDcli", "profile", {"moved/p.credential": CLI_TEXT},
             {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": "~/moved", "TENCENTCLOUD_PROFILE": "p"}),
            (INSTANCE, "default", {CLI: '{"type": "cvm-role", "secretId": "AKIDcli", "secretKey": "k"}'}, {}),
            (INSTANCE, "profile_with", {CLI: cli(type="cvm-role", role_arn=ROLE)}, {}),
            (f"AKIDcli > {ROLE}", "default", {CLI: cli(role_arn=ROLE, role_session_name="s1")}, {}),
            (f"AKIDcli > {ROLE}", "profile_with", {CLI: cli(role_arn=ROLE)}, {}),
            (f"AKIDini > {ROLE}", "default", {INI: INI_TEXT + f"role_arn = {ROLE}\nrole_session_name = s1\n"}, {}),
            (f"AKIDini > {ROLE}", "profile_with", {INI: INI_TEXT + f"role-arn: {ROLE}\n"}, {}),
            ("AKIDini", "default", {INI: "[other]\nx = y\n  indented\n[default] ; main account\nsecret_id = AKIDini\nsecret_key = k\n"}, {}),
            ("AKIDini", "default", {INI: "[DEFAULT]\nsecret_key = k\n[default]\nsecret_id = AKIDini\n"}, {}),
            ("AKIDini", "default", {INI: INI_TEXT.replace("\n", "\r"), CLI: CLI_TEXT}, {}),
            (error + f'profile "default" (role-arn in HOME/{CLI}) asks to assume a role, which tcdb_credentials_profile_with can', "profile",
             {CLI: cli(role_arn=ROLE)}, {}),
            (error + f"HOME/{CLI}: role-arn is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>", "default", {CLI: cli(role_arn="reader")}, {}),
            (error + "TENCENTCLOUD_PROFILE and TCCLI_PROFILE are both set and differ", "default", {INI: two},
             {"TCCLI_PROFILE": "other", "TENCENTCLOUD_PROFILE": "default"}),
            (error + f"HOME/{INI}: is not an INI file (line 2: it has no =)", "default", {INI: "[first]\na title\n" + INI_TEXT, CLI: CLI_TEXT}, {}),
            (error + f"HOME/{INI}: is not an INI file (line 1: no section header before it)", "default", {INI: "accounts\n" + INI_TEXT, CLI: CLI_TEXT}, {}),
            (error + f"HOME/{INI}: is not an INI file (line 1: a section without ])", "default", {INI: INI_TEXT.replace("]", ""), CLI: CLI_TEXT}, {}),
            (error + f"HOME/{INI}: has a secret_key in [default] that continues in line 4", "default", {INI: INI_TEXT + "  more\n", CLI: CLI_TEXT}, {}),
            (error + f"HOME/{INI}: has a source_profile in [default], which is not supported", "default", {INI: INI_TEXT + "source_profile = x\n"}, {}),
            (error + f'HOME/{CLI}: has the secretId "None", which the command line writes when Enter is pressed at its prompt; run tccli configure',
             "default", {CLI: '{"secretId": "None", "secretKey": "None"}'}, {}),
            (error + 'profile "default" (sso): the login has no credentials yet; run "tccli sso login"', "default", {CLI: '{"sso": {"authUrl": "x"}}'}, {}),
        ])
        found = self.signer("default", {".tccli/p.credential": ended}, TENCENTCLOUD_PROFILE="p")
        self.assertRegex(found, r'^TCDB_ERR_CREDENTIALS: profile "p" \(sso\): the login expired \d+ s ago; run "tccli sso login --profile p"$')
        found = self.signer("profile", {CLI: ended.replace('"sso", ', '"oauth", ')})
        self.assertRegex(found, r'^TCDB_ERR_CREDENTIALS: profile "default" \(oauth\): the login expired \d+ s ago; run "tccli auth login"$')

    def test_a_profile_that_is_named_and_not_there_leads_nowhere_else(self):
        for environment in [{"TENCENTCLOUD_PROFILE": "prod"}, {"TCCLI_PROFILE": "prod"},
                            {"TENCENTCLOUD_CREDENTIALS_FILE": os.path.join(self.home, "none")}]:
            found = self.signer("default", {INI: INI_TEXT}, **environment, **self.pod())
            self.assertRegex(found, '^TCDB_ERR_CREDENTIALS: profile "(prod|default)" not found: ')

    def test_what_a_pod_says(self):
        error = "TCDB_ERR_CREDENTIALS: "
        pod = f"unsigned > {POD_ROLE}"
        self.check([
            (pod, "tke", {}, self.pod()),
            (pod, "default", {}, self.pod()),
            (f"{pod} > {ROLE}", "default", {}, {**self.pod(), "TENCENTCLOUD_ROLE_ARN": ROLE}),
            (INSTANCE, "default", {}, {"TKE_REGION": "ap-pod"}),
            (INSTANCE, "default", {}, self.pod(TKE_ROLE_ARN=None, TKE_REGION="")),
            *[(error + f"TKE: {name} is not set, though the other three variables of a pod are", "default", {}, self.pod(**{name: None}))
              for name in ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"]],
            (error + "TKE: TKE_ROLE_ARN is not set", "tke", {}, self.pod(TKE_ROLE_ARN="")),
            (error + "TKE: TKE_ROLE_ARN is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>", "default", {}, self.pod(TKE_ROLE_ARN="x")),
            (error + f"role {POD_ROLE} by TKE: token file HOME/none: no such file or directory", "default", {},
             self.pod(TKE_WEB_IDENTITY_TOKEN_FILE=os.path.join(self.home, "none"))),
        ])
        self.signer("tke", **self.pod())
        self.assertIn("\r\nx-tc-region: ap-pod\r\n", self.command(sts_seen=1)["seen"][0]["head"].lower())

    def test_the_instances_role_can_be_named(self):
        self.assertEqual(self.signer("default", TENCENTCLOUD_CAM_ROLE_NAME="node\n"), INSTANCE)
        self.assertEqual(self.command(stats=True)["metadata_requests"], 1)
        self.assertRegex(self.signer("default", TENCENTCLOUD_CAM_ROLE_NAME="another"), "CVM role: the instance has no role another$")
        self.assertEqual(self.signer("default", TENCENTCLOUD_CAM_ROLE_NAME="a/b"),
                         "TCDB_ERR_CREDENTIALS: TENCENTCLOUD_CAM_ROLE_NAME holds something other than letters, digits and +=,.@_-")
