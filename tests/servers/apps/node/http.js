// A server with Node's http: node http.js HOST PORT [closes | drains].
const answer = (process.env.ANSWER || "quick") + "\n";
let stopping = false;
const server = require("http").createServer((request, response) => {
  if (stopping) response.setHeader("Connection", "close");
  if (request.url === "/slow") setTimeout(() => response.end("slow\n"), 3000);
  else if (request.url === "/long") setTimeout(() => response.end("long\n"), 40000);
  else if (request.url === "/upload") request.resume().on("end", () => response.end("read\n"));
  else if (request.url === "/brief") setTimeout(() => response.end("brief\n"), 50);
  else response.end(answer);
});
server.listen(Number(process.argv[3]), process.argv[2]);
if (process.argv[4]) process.on("SIGTERM", () => {
  stopping = process.argv[4] === "drains";
  server.close();
});
