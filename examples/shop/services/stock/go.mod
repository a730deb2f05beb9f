module example.com/corner-shop/stock

go 1.20

require (
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	github.com/gorilla/websocket v1.4.0
	github.com/lib/pq v1.10.9
	golang.org/x/text v0.3.7
)
