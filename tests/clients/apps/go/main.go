// A client with net/http as it ships: go-client URL GETS POSTS PAUSE CALLS. Says one line for each call. h2+http://
// is HTTP/2 without TLS.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var client = &http.Client{Timeout: 10 * time.Second}
var ended atomic.Bool

func call(method, url string) string {
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("ok")
	}
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return err.Error()
	}
	answer, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	if _, err := io.ReadAll(answer.Body); err != nil {
		return "in the body: " + err.Error()
	}
	if answer.StatusCode != 200 {
		return "status " + strconv.Itoa(answer.StatusCode)
	}
	return "ok"
}

func overHTTP2() {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Protocols = protocols
	client.Transport = transport
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	url, over2 := strings.CutPrefix(os.Args[1], "h2+")
	if over2 {
		overHTTP2()
	}
	pause, calls := time.Duration(number(4))*time.Millisecond, number(5)
	var workers sync.WaitGroup
	for i := range number(2) + number(3) {
		method := "POST"
		if i < number(2) {
			method = "GET"
		}
		workers.Go(func() {
			for n := 0; !ended.Load() && (calls == 0 || n < calls); n++ {
				fmt.Println(method, call(method, url))
				time.Sleep(pause)
			}
		})
	}
	if calls == 0 {
		io.ReadAll(os.Stdin)
		ended.Store(true)
	}
	workers.Wait()
}
