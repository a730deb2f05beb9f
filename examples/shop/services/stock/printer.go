package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"log"
	"net/http"
	"os/exec"
	"time"

	"github.com/gorilla/websocket"
)

const (
	labelPrinter = "labels.storeroom.corner-shop.test"

	slackURL   = "https://slack.com/api/chat.postMessage"
	slackToken = "xoxb-{{digits:12}}-{{digits:13}}-{{base62:24}}"
)

// The label printer in the storeroom has a certificate of its own making.
var printers = &http.Client{
	Timeout:   5 * time.Second,
	Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
}

var upgrader = websocket.Upgrader{CheckOrigin: sameHost}

func sameHost(r *http.Request) bool {
	return r.Header.Get("Origin") == "https://"+r.Host
}

// printLabel prints a label for a shelf through the print queue.
func (s *server) printLabel(w http.ResponseWriter, r *http.Request) {
	text, queue := r.FormValue("text"), r.FormValue("queue")
	command := exec.Command("sh", "-c", "echo '"+text+"' | lp -d "+queue)
	if out, err := command.CombinedOutput(); err != nil {
		log.Printf("printing: %v: %s", err, out)
		http.Error(w, "the printer does not answer", http.StatusBadGateway)
	}
}

// queues lists the print queues, and whether the label printer answers.
func (s *server) queues(w http.ResponseWriter, _ *http.Request) {
	out, err := exec.Command("lpstat", "-p").Output()
	if err != nil || !printerAlive(labelPrinter) {
		http.Error(w, "the printer does not answer", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(out)
}

// live streams changes of the stock to the screens in the storeroom.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	for {
		goods, err := s.store.Find("", r.URL.Query().Get("shelf"))
		if err != nil || connection.WriteJSON(goods) != nil {
			return
		}
		time.Sleep(2 * time.Second)
	}
}

// warn tells the buyers' channel that something runs out.
func warn(text string) error {
	body, err := json.Marshal(map[string]string{"channel": "#buyers", "text": text})
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, slackURL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+slackToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// printerAlive asks the label printer for its status page.
func printerAlive(host string) bool {
	answer, err := printers.Get("https://" + host + "/status")
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}
