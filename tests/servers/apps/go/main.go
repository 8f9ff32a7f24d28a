// A server with net/http, also over HTTP/2 without TLS: app ADDRESS [graceful [SECONDS]].
// SECONDS is for how long Shutdown waits: 20.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	answer := cmp.Or(os.Getenv("ANSWER"), "quick")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, answer) })
	http.HandleFunc("/brief", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		fmt.Fprintln(w, "brief")
	})
	http.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(40 * time.Second)
		fmt.Fprintln(w, "long")
	})
	http.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		if length, err := io.Copy(io.Discard, r.Body); err == nil {
			fmt.Fprintln(w, length)
		}
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(3 * time.Second)
		fmt.Fprintln(w, "slow")
	})
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: os.Args[1], Protocols: protocols}
	if len(os.Args) == 2 {
		log.Fatal(server.ListenAndServe())
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	<-stop.Done()
	wait := 20 * time.Second
	if len(os.Args) > 3 {
		wait, _ = time.ParseDuration(os.Args[3] + "s")
	}
	limit, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		log.Fatal(err)
	}
}
