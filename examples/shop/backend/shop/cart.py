"""The cart. Visitors keep it in a cookie, so that it is still there when they come back."""

import base64
import json
import pickle

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for

from . import db

bp = Blueprint("cart", __name__)

COOKIE = "cart"
NOTE_COOKIE = "cart_note"
MAX_LINES = 50


def read_cart():
    """Return the cart of this visitor: product id -> amount."""
    raw = request.cookies.get(COOKIE)
    if not raw:
        return {}
    return pickle.loads(base64.urlsafe_b64decode(raw))


def read_note():
    """Return the gift note, which is plain JSON."""
    try:
        note = json.loads(request.cookies.get(NOTE_COOKIE, '""'))
    except ValueError:
        return ""
    return note[:200] if isinstance(note, str) else ""


def save_cart(response, cart):
    """Put the cart into the visitor's cookie."""
    body = base64.urlsafe_b64encode(pickle.dumps(cart)).decode()
    response.set_cookie(COOKIE, body, max_age=30 * 86400, httponly=True, secure=True, samesite="Lax")
    return response


def lines(cart):
    """Return the products of a cart with amounts and sums."""
    ids = list(cart)[:MAX_LINES]
    rows = db.query(f"SELECT id, name, price FROM products WHERE id IN ({db.placeholders(ids)})", ids)
    return [{**dict(row), "amount": cart[row["id"]], "sum": row["price"] * cart[row["id"]]} for row in rows]


@bp.route("/cart")
def show():
    """Show the cart."""
    rows = lines(read_cart())
    return render_template("cart.html", lines=rows, total=sum(row["sum"] for row in rows), note=read_note())


@bp.route("/cart/add", methods=["POST"])
def add():
    """Put a product into the cart."""
    cart = read_cart()
    product_id = request.form.get("product", type=int)
    if product_id and len(cart) < MAX_LINES:
        cart[product_id] = min(cart.get(product_id, 0) + 1, 99)
    return save_cart(make_response(redirect(url_for(".show"))), cart)


@bp.route("/api/cart")
def api_cart():
    """Return the cart as JSON for the front end."""
    rows = lines(read_cart())
    return jsonify(lines=rows, total=sum(row["sum"] for row in rows))
