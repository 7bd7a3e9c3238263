// The vendor's Node SDK, its cdb module alone, one client reused; the arguments and the line of JSON of caller.h.
const fs = require("fs");
const { cdb } = require("tencentcloud-sdk-nodejs/tencentcloud/services/cdb");

const o = { url: "", ca: "", n: "1", warmup: "0", threads: "1" };
for (let i = 2; i + 1 < process.argv.length; i += 2) o[process.argv[i].slice(2)] = process.argv[i + 1];
const [scheme, host] = o.url.split("://");
const client = new cdb.v20170320.Client({
  credential: { secretId: "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234", secretKey: "ExampleSecretKeyExampleSecretKey" },
  region: "ap-guangzhou",
  profile: { httpProfile: { endpoint: host, protocol: scheme + "://" } },
});
const times = [];
let errors = 0, status = "";

async function caller(n, timed) {
  for (let i = 0; i < n; i++) {
    const start = process.hrtime.bigint();
    try {
      status = (await client.DescribeAsyncRequestInfo({ AsyncRequestId: "0aa1bb2c-3dd4ee5f-6aa7bb8c-9dd0ee1f" })).Status;
    } catch (error) {
      if (timed && !errors++) console.error(String(error.message || error));
    }
    if (timed) times.push(Number(process.hrtime.bigint() - start) / 1e3);
  }
}

const callers = (n, timed) => Promise.all(Array.from({ length: +o.threads }, () => caller(n, timed)));

(async () => {
  await callers(+o.warmup, false);
  const before = process.resourceUsage(), start = process.hrtime.bigint();
  await callers(Math.ceil(+o.n / +o.threads), true);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9, after = process.resourceUsage();
  const cpu = after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime;
  const peak = +/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1];
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ caller: "node", n: times.length, errors, seconds, p50_us: times[times.length >> 1],
    p99_us: times[Math.floor(times.length * 0.99)], cpu_us: cpu / times.length, rss_kb: peak, status }));
  process.exit(errors ? 1 : 0);
})();
