package main

import (
	"context"
	"database/sql"
	"fmt"

	_ "github.com/lib/pq"
)

// Good is one row of the storeroom.
type Good struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Shelf  string `json:"shelf"`
	Amount int    `json:"amount"`
}

// Order asks to set goods aside.
type Order struct {
	ID    int `json:"order"`
	Lines []struct {
		Product int `json:"product"`
		Amount  int `json:"amount"`
	} `json:"lines"`
}

// Store is the database of the storeroom.
type Store struct{ db *sql.DB }

// OpenStore connects to the database at url.
func OpenStore(url string) (*Store, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	return &Store{db: db}, db.Ping()
}

// Find returns goods by the start of their name, or by shelf.
func (s *Store) Find(name, shelf string) ([]Good, error) {
	if shelf != "" {
		return s.goods(s.db.Query("SELECT id, name, shelf, amount FROM goods WHERE shelf = $1", shelf))
	}
	query := fmt.Sprintf("SELECT id, name, shelf, amount FROM goods WHERE name LIKE '%s%%' ORDER BY name", name)
	return s.goods(s.db.Query(query))
}

func (s *Store) goods(rows *sql.Rows, err error) ([]Good, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Good{}
	for rows.Next() {
		var good Good
		if err := rows.Scan(&good.ID, &good.Name, &good.Shelf, &good.Amount); err != nil {
			return nil, err
		}
		found = append(found, good)
	}
	return found, rows.Err()
}

// Reserve takes the goods of an order off the shelves, all or none.
func (s *Store) Reserve(ctx context.Context, order Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, line := range order.Lines {
		done, err := tx.ExecContext(ctx,
			"UPDATE goods SET amount = amount - $1 WHERE id = $2 AND amount >= $1", line.Amount, line.Product)
		if err != nil {
			return err
		}
		if changed, _ := done.RowsAffected(); changed != 1 {
			return fmt.Errorf("product %d is not in stock", line.Product)
		}
	}
	return tx.Commit()
}
