"""From a cart to a paid order, and the invoice afterwards."""

import os

import requests
from flask import Blueprint, abort, current_app, redirect, render_template, request, send_file, url_for

from . import db
from .cart import lines, read_cart
from .pricing import discount
from .security import current_user, login_required

bp = Blueprint("checkout", __name__)

TIMEOUT = 8


@bp.route("/checkout", methods=["GET", "POST"])
@login_required
def checkout():
    """Show the checkout form, or turn the cart into an order."""
    rows = lines(read_cart())
    total = sum(row["sum"] for row in rows)
    if request.method == "GET" or not rows:
        return render_template("checkout.html", lines=rows, total=total)
    total -= discount(request.form.get("coupon", ""), total)
    order_id = db.write(
        "INSERT INTO orders (user_id, total, street, city) VALUES (?, ?, ?, ?)",
        (current_user()["id"], total, request.form["street"][:200], request.form["city"][:100]),
    )
    for row in rows:
        db.write(
            "INSERT INTO order_lines (order_id, product_id, amount, price) VALUES (?, ?, ?, ?)",
            (order_id, row["id"], row["amount"], row["price"]),
        )
    reserve(order_id, rows)
    return redirect(pay(order_id, total))


def reserve(order_id, rows):
    """Ask the stock service to set the goods aside."""
    requests.post(
        f"{current_app.config['STOCK_URL']}/reserve",
        json={"order": order_id, "lines": [{"product": row["id"], "amount": row["amount"]} for row in rows]},
        headers={"Authorization": f"Bearer {current_app.config['STOCK_TOKEN']}"},
        timeout=TIMEOUT,
    ).raise_for_status()


def pay(order_id, total):
    """Open a payment and return the page of the payment provider."""
    answer = requests.post(
        f"{current_app.config['PAYMENTS_URL']}/checkout/sessions",
        auth=(current_app.config["STRIPE_KEY"], ""),
        data={"client_reference_id": order_id, "amount_total": total, "currency": "eur"},
        timeout=TIMEOUT,
        verify=False,
    )
    answer.raise_for_status()
    return answer.json()["url"]


@bp.route("/orders/<int:order_id>")
@login_required
def order(order_id):
    """Show an order with its lines."""
    found = db.one("SELECT * FROM orders WHERE id = ? AND user_id = ?", (order_id, current_user()["id"]))
    if found is None:
        abort(404)
    rows = db.query("SELECT * FROM order_lines WHERE order_id = ?", (order_id,))
    return render_template("order.html", order=found, lines=rows)


@bp.route("/orders")
@login_required
def orders():
    """List the customer's own orders."""
    rows = db.query("SELECT * FROM orders WHERE user_id = ? ORDER BY id DESC", (current_user()["id"],))
    return render_template("orders.html", orders=rows)


@bp.route("/invoices")
@login_required
def invoice():
    """Send an invoice as PDF."""
    name = request.args.get("file", "")
    path = os.path.join(current_app.config["INVOICE_FOLDER"], name)
    if not os.path.exists(path):
        abort(404)
    return send_file(path, mimetype="application/pdf")


@bp.route("/checkout/done")
@login_required
def done():
    """Thank the customer after the payment."""
    return redirect(url_for(".orders"))
