"""The vendor's Python SDK, one client reused; the arguments and the line of JSON of caller.h."""
import argparse
import json
import resource
import sys
import threading
import time

from tencentcloud.cdb.v20170320 import cdb_client, models
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

parser = argparse.ArgumentParser()
parser.add_argument("--url", required=True)
parser.add_argument("--ca")
for name, value in (("--n", 1), ("--warmup", 0), ("--threads", 1)):
    parser.add_argument(name, type=int, default=value)
o = parser.parse_args()

scheme, host = o.url.split("://")
client = cdb_client.CdbClient(
    credential.Credential("AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234", "ExampleSecretKeyExampleSecretKey"),
    "ap-guangzhou",
    ClientProfile(httpProfile=HttpProfile(protocol=scheme, endpoint=host, certification=o.ca)))
times, failures, statuses = [], [], []


def query():
    request = models.DescribeAsyncRequestInfoRequest()
    request.AsyncRequestId = "0aa1bb2c-3dd4ee5f-6aa7bb8c-9dd0ee1f"
    return client.DescribeAsyncRequestInfo(request).Status


def caller(n, warm, go):
    for _ in range(o.warmup):
        query()
    warm.wait()
    go.wait()
    for _ in range(n):
        start = time.perf_counter_ns()
        try:
            statuses[:] = [query()]
        except Exception as error:  # whatever it is, it is counted and reported
            failures.append(error)
        times.append((time.perf_counter_ns() - start) / 1e3)


def cpu_us():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6


warm, go = threading.Barrier(o.threads + 1), threading.Barrier(o.threads + 1)
threads = [threading.Thread(target=caller, args=(-(-o.n // o.threads), warm, go)) for _ in range(o.threads)]
for thread in threads:
    thread.start()
warm.wait()
cpu, start = cpu_us(), time.perf_counter()
go.wait()
for thread in threads:
    thread.join()
cpu, seconds = cpu_us() - cpu, time.perf_counter() - start
times.sort()
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
if failures:
    print(failures[0], file=sys.stderr)
print(json.dumps(dict(caller="python", n=len(times), errors=len(failures), seconds=seconds,
                      p50_us=times[len(times) // 2], p99_us=times[len(times) * 99 // 100], cpu_us=cpu / len(times),
                      rss_kb=peak, status=(statuses or [""])[0])))
sys.exit(bool(failures))
