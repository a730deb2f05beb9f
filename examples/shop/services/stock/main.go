// Command stock keeps count of the goods in the storeroom and sets them aside for orders.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"golang.org/x/text/language"
)

var languages = language.NewMatcher([]language.Tag{language.English, language.German, language.French})

type server struct {
	store  *Store
	secret []byte
}

func main() {
	store, err := OpenStore(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	s := &server{store: store, secret: []byte(os.Getenv("STOCK_SECRET"))}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", s.health)
	mux.HandleFunc("/stock", s.guard(s.find))
	mux.HandleFunc("/reserve", s.guard(s.reserve))
	mux.HandleFunc("/labels", s.guard(s.printLabel))
	mux.HandleFunc("/queues", s.guard(s.queues))
	mux.HandleFunc("/live", s.guard(s.live))
	httpServer := &http.Server{Addr: ":8081", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(httpServer.ListenAndServe())
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}

// find returns the goods of a shelf, or all whose name starts with what was asked for.
func (s *server) find(w http.ResponseWriter, r *http.Request) {
	tag, _ := language.MatchStrings(languages, r.Header.Get("Accept-Language"))
	goods, err := s.store.Find(r.URL.Query().Get("name"), r.URL.Query().Get("shelf"))
	if err != nil {
		log.Printf("find: %v", err)
		http.Error(w, "stock is not available", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Language", tag.String())
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(goods)
}

func (s *server) reserve(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&order); err != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	if err := s.store.Reserve(r.Context(), order); err != nil {
		if err := warn(fmt.Sprintf("Order %d: %v", order.ID, err)); err != nil {
			log.Printf("warn: %v", err)
		}
		http.Error(w, "not in stock", http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
