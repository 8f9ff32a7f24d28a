// A server with Node's http: node http.js HOST PORT [closes | drains].
const answer = (process.env.ANSWER || "quick") + "\n";
let stopping = false;
const server = require("http").createServer((request, response) => {
  if (stopping) response.setHeader("Connection", "close");
  if (request.url === "/slow") setTimeout(() => response.end("slow\n"), 3000);
  else response.end(answer);
});
server.listen(Number(process.argv[3]), process.argv[2]);
if (process.argv[4]) process.on("SIGTERM", () => {
  stopping = process.argv[4] === "drains";
  server.close();
});
