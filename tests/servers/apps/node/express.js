// A server with Express: node express.js HOST PORT [closes | drains].
const answer = (process.env.ANSWER || "quick") + "\n";
let stopping = false;
const app = require("express")();
app.use((request, response, next) => {
  if (stopping) response.set("Connection", "close");
  next();
});
app.get("/", (request, response) => response.send(answer));
app.get("/slow", (request, response) => setTimeout(() => response.send("slow\n"), 3000));
const server = app.listen(Number(process.argv[3]), process.argv[2]);
if (process.argv[4]) process.on("SIGTERM", () => {
  stopping = process.argv[4] === "drains";
  server.close();
});
