"""What every example is asked, and the one answer that all of them have to give."""
import re
from dataclasses import dataclass, field, replace

UUID = rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LONG = "长" * 40000  # 120,000 bytes: more than any buffer of a guessed size

# A reply that says nothing but a status and an empty Info: the API's RequestId is missing.
BARE_BODY = '{"Response":{"Status":"SUCCESS","Info":""}}'
BARE_REPLY = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BARE_BODY)}\r\n\r\n{BARE_BODY}"

TASKS = [
    {"id": "succeeded", "life": [{"status": "SUCCESS", "info": "任务执行成功：表已删除"}]},
    {"id": "failed", "life": [{"status": "FAILED", "info": "磁盘空间不足 (disk full)"}]},
    {"id": "killed", "life": [{"status": "KILLED", "info": "Killed by an operator."}]},
    {"id": "running", "life": [{"status": "RUNNING", "info": "42%"}]},
    {"id": "paused", "life": [{"status": "PAUSED", "info": ""}]},
    {"id": "all-null", "life": [{"status": None, "info": None}]},
    {"id": "null-info", "life": [{"status": "SUCCESS", "info": None}]},
    {"id": "with-nul", "life": [{"status": "SUCCESS", "info": "before\0after 之后"}]},
    {"id": "long", "life": [{"status": "SUCCESS", "info": LONG}]},
    {"id": "bare", "life": [{"raw": BARE_REPLY}]},
    {"id": "任务-1", "life": [{"status": "SUCCESS", "info": "asked by an id that is not ASCII"}]},
]


@dataclass
class Question:
    name: str
    arguments: list
    exit_code: int
    stdout: bytes = b""  # regular expressions of all that is printed
    stderr: bytes = b""
    environment: dict = field(default_factory=dict)  # None: unset
    makes_objects: bool = True
    interrupt: bool = False  # send SIGINT once the first answer is out


def answer(name, status, info, exit_code, request_id=UUID, **more):
    """A question that is answered: the three lines."""
    lines = [b"status: " + re.escape(status.encode()), b"info: " + re.escape(info.encode()), b"request_id: " + request_id]
    return Question(name, more.pop("arguments", [name]), exit_code, stdout=b"\n".join(lines) + b"\n", **more)


def failure(name, code_name, message, exit_code, **more):
    """A question that fails: one line on stderr that names the code and says why."""
    line = re.escape(f"{code_name}: ".encode()) + message + b"\n"
    return Question(name, more.pop("arguments", ["succeeded"]), exit_code, stderr=line, **more)


QUESTIONS = [
    answer("succeeded", "SUCCESS", "任务执行成功：表已删除", 0),
    answer("failed", "FAILED", "磁盘空间不足 (disk full)", 1),
    answer("killed", "KILLED", "Killed by an operator.", 1),
    answer("running", "RUNNING", "42%", 6),
    answer("paused", "PAUSED", "", 6),
    answer("all-null", "(none)", "(none)", 6),
    answer("null-info", "SUCCESS", "(none)", 0),
    answer("with-nul", "SUCCESS", "before\0after 之后", 0),
    answer("long", "SUCCESS", LONG, 0),
    answer("bare", "SUCCESS", "", 0, request_id=re.escape(b"(none)")),
    # Java and Tcl read their arguments by the locale; what they print is UTF-8 in any.
    answer("任务-1", "SUCCESS", "asked by an id that is not ASCII", 0, environment={"LC_ALL": "C.UTF-8"}),
    failure("unknown-id", "TCDB_ERR_UNKNOWN_REQUEST_ID", rb"InvalidParameter\.InvalidAsyncRequestId: .*", 4, arguments=["no-such-task"]),
    failure("wrong-key", "TCDB_ERR_AUTH", rb"AuthFailure\.SignatureFailure: .*", 4,
            environment={"TENCENTCLOUD_SECRET_KEY": "WrongSecretKeyForTestsOnly000000"}),
    failure("no-key", "TCDB_ERR_CREDENTIALS", rb"TENCENTCLOUD_SECRET_KEY is not set, though TENCENTCLOUD_SECRET_ID is", 2, environment={"TENCENTCLOUD_SECRET_KEY": None}),
    failure("no-region", "TCDB_ERR_INVALID_ARGUMENT", rb"region .*", 2, environment={"TENCENTCLOUD_REGION": None}),
    failure("empty-id", "TCDB_ERR_INVALID_ARGUMENT", rb"async_request_id .*", 2, arguments=[""]),
    failure("untrusted", "TCDB_ERR_TLS", rb".*", 3, environment={"TCDB_ASYNC_CA_FILE": None}),
    failure("bad-endpoint", "TCDB_ERR_INVALID_ARGUMENT", rb".*endpoint.*", 2, environment={"TCDB_ASYNC_ENDPOINT": "https://localhost/path"}),
    Question("no-argument", [], 2, stderr=rb"usage: .* ASYNC_REQUEST_ID \[SECONDS\]\n", makes_objects=False),
]

# Asked of a library that has another ABI and ends the process at every other call.
OTHER_ABI = Question("other-abi", ["succeeded"], 2, stderr=rb"libtcdb_async has ABI 1\.0, this program needs 0\.\d+\n",
                     environment={"LD_PRELOAD": None}, makes_objects=False)


# {language} is the folder's name.
WAITS = [
    answer("wait-until-succeeded", "SUCCESS", "after one RUNNING", 0, arguments=["turning-{language}", "20"]),
    answer("wait-until-failed", "FAILED", "磁盘空间不足 (disk full)", 1, arguments=["failed", "20"]),
    failure("wait-times-out", "TCDB_ERR_WAIT_TIMEOUT", rb".*RUNNING.*", 5, arguments=["running", "1"]),
    failure("wait-unknown-id", "TCDB_ERR_UNKNOWN_REQUEST_ID", rb".*", 4, arguments=["no-such-task", "20"]),
    Question("wait-no-number", ["running", "soon"], 2, stderr=rb"usage: .* \[SECONDS\]\n", makes_objects=False),
    Question("wait-no-time", ["running", ""], 2, stderr=rb"usage: .* \[SECONDS\]\n", makes_objects=False),
    Question("wait-negative", ["running", "-1"], 2, stderr=rb"usage: .* \[SECONDS\]\n", makes_objects=False),
    Question("wait-too-many", ["running", "1", "2"], 2, stderr=rb"usage: .* \[SECONDS\]\n", makes_objects=False),
]

# Ctrl-C in a pause between two requests, and while a server that took a request is silent: in a wait and in a query.
INTERRUPTS = [("wait-interrupted", ["endless-{language}", "600"]), ("wait-interrupted-stalled", ["stalled-{language}-1", "600"]),
              ("query-interrupted-stalled", ["stalled-{language}-2"])]

# Asked where the library is nowhere. The system's loader itself says so of a program that is linked with it.
NO_LIBRARY = Question("no-library", ["succeeded"], 2, environment={"LD_PRELOAD": None}, makes_objects=False,
                      stderr=rb"load libtcdb_async\.so\.0: [^\n]+; looked in [^\n]*LD_LIBRARY_PATH \(/[^\n]*\)[^\n]* and the system's folders\n")
NO_LIBRARY_LINKED = replace(NO_LIBRARY, exit_code=127, stderr=rb"[^\n]*error while loading shared libraries: libtcdb_async\.so\.0: [^\n]*\n")


def interrupts(language):
    """Languages that hear Ctrl-C end the call and free everything; the others end as the system ends a program."""
    for name, arguments in INTERRUPTS:
        if language.hears_interrupt and not (name.startswith("query") and language.query_is_killed):
            yield failure(name, "TCDB_ERR_CANCELLED", rb".*", 130, arguments=arguments, interrupt=True)
        else:
            yield Question(name, arguments, language.killed, stdout=rb".*", stderr=rb"(?s:.*)", makes_objects=False, interrupt=True)


def tasks(languages):
    """All tasks, those included that only one language may ask for."""
    own = []
    for language in languages:
        own.append({"id": f"turning-{language.folder}",
                    "life": [{"status": "RUNNING", "times": 1}, {"status": "SUCCESS", "info": "after one RUNNING"}]})
        own.append({"id": f"endless-{language.folder}", "life": [{"status": "RUNNING"}]})
        own.extend({"id": f"stalled-{language.folder}-{number}", "life": [{"fault": "stall_reply"}]} for number in (1, 2))
    return TASKS + own


def questions(language):
    """What one language's example is asked."""
    return [*QUESTIONS, *WAITS, *interrupts(language), OTHER_ABI, NO_LIBRARY_LINKED if language.is_linked else NO_LIBRARY]
