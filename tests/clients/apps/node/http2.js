// A server with Node's http2, without TLS: node http2.js PORT closes | drains.
const sessions = new Set();
const server = require("http2").createServer((request, response) => {
  if (request.url === "/brief") setTimeout(() => response.end("brief\n"), 50);
  else response.end("quick\n");
});
server.on("session", (session) => {
  sessions.add(session);
  session.on("close", () => sessions.delete(session));
});
server.listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close();
  if (process.argv[3] === "drains") for (const session of sessions) session.close();
});
