// A server with Node's http: node http.js PORT [closes | drains].
let stopping = false;
const server = require("http").createServer((request, response) => {
  if (stopping) response.setHeader("Connection", "close");
  if (request.url === "/slow") setTimeout(() => response.end("slow\n"), 3000);
  else response.end("quick\n");
});
server.listen(Number(process.argv[2]), "127.0.0.1");
if (process.argv[3]) process.on("SIGTERM", () => {
  stopping = process.argv[3] === "drains";
  server.close();
});
