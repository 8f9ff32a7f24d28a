// A WebSocket server with ws that sends back what it gets: node ws.js PORT [closes | drains].
const { WebSocketServer } = require("ws");
const server = require("http").createServer((request, response) => response.end("quick\n"));
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));
server.listen(Number(process.argv[2]), "127.0.0.1");
if (process.argv[3]) process.on("SIGTERM", () => {
  server.close();
  if (process.argv[3] === "drains") for (const socket of sockets.clients) socket.close(1001, "stopping");
});
