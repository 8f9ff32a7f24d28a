// A server with Express: node express.js PORT [closes | drains].
let stopping = false;
const app = require("express")();
app.use((request, response, next) => {
  if (stopping) response.set("Connection", "close");
  next();
});
app.get("/", (request, response) => response.send("quick\n"));
app.get("/slow", (request, response) => setTimeout(() => response.send("slow\n"), 3000));
const server = app.listen(Number(process.argv[2]), "127.0.0.1");
if (process.argv[3]) process.on("SIGTERM", () => {
  stopping = process.argv[3] === "drains";
  server.close();
});
