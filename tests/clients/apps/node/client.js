// A client: node client.js fetch | http URL GETS POSTS PAUSE CALLS. http is http.request with its default agent.
const http = require("http");
const [kind, url, gets, posts, pause, calls] = process.argv.slice(2);
let ended = false;

function reason(error) {
  const cause = error.cause || error;
  return `${error.name} ${cause.code || ""} ${cause.message}`.replaceAll("\n", " ");
}

async function withFetch(method) {
  const body = method === "POST" ? "ok" : undefined;
  const answer = await fetch(url, { method, body, signal: AbortSignal.timeout(10000) });
  await answer.text();
  return answer.status;
}

function withHttp(method) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, timeout: 10000 }, (answer) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => resolve(answer.statusCode));
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.end(method === "POST" ? "ok" : undefined);
  });
}

async function work(method) {
  for (let n = 0; !ended && (calls === "0" || n < Number(calls)); n++) {
    let said;
    try {
      const status = await (kind === "fetch" ? withFetch : withHttp)(method);
      said = status === 200 ? "ok" : `status ${status}`;
    } catch (error) {
      said = reason(error);
    }
    process.stdout.write(`${method} ${said}\n`);
    await new Promise((resolve) => setTimeout(resolve, Number(pause)));
  }
}

const workers = [...Array(Number(gets)).fill("GET"), ...Array(Number(posts)).fill("POST")].map(work);
if (calls === "0") process.stdin.resume().on("end", () => { ended = true; });
Promise.all(workers).then(() => process.exit(0));
