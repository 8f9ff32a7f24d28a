// A WebSocket server with gorilla/websocket that sends back what it gets: live-app ADDRESS [graceful [closes]].
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

var (
	upgrader websocket.Upgrader
	sockets  sync.Map
	open     sync.WaitGroup
)

func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	open.Add(1)
	defer open.Done()
	sockets.Store(socket, true)
	defer sockets.Delete(socket)
	defer socket.Close()
	for {
		kind, data, err := socket.ReadMessage()
		if err != nil || socket.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// closeAll says to each client that the server goes away. Shutdown does not know of these connections.
func closeAll() {
	message := websocket.FormatCloseMessage(websocket.CloseGoingAway, "stopping")
	sockets.Range(func(socket, _ any) bool {
		socket.(*websocket.Conn).WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second))
		return true
	})
	open.Wait()
}

func main() {
	http.HandleFunc("/ws", echo)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("quick\n")) })
	server := &http.Server{Addr: os.Args[1]}
	if len(os.Args) == 2 {
		log.Fatal(server.ListenAndServe())
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go server.ListenAndServe()
	<-stop.Done()
	limit, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	server.Shutdown(limit)
	if len(os.Args) > 3 {
		closeAll()
	}
}
