"""The back office: orders, products, backups and supplier price lists."""

import re
import subprocess
from pathlib import Path

import yaml
from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from lxml import etree

from . import db, pricing
from .security import staff_required

bp = Blueprint("admin", __name__, url_prefix="/admin")

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
EXPORTS = {"orders": "SELECT * FROM orders", "products": "SELECT * FROM products"}


@bp.route("/")
@staff_required
def index():
    """Show what is waiting: open orders and the newest customers."""
    open_orders = db.query("SELECT * FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 50")
    customers = db.query("SELECT id, email, name, created_at FROM users ORDER BY id DESC LIMIT 20")
    return render_template("admin.html", orders=open_orders, customers=customers)


@bp.route("/backup", methods=["POST"])
@staff_required
def backup():
    """Copy the database to a file with the name asked for."""
    label = request.form.get("label", "manual")
    target = f"/var/backups/shop/{label}.db"
    subprocess.run(f"sqlite3 {current_app.config['DATABASE']} '.backup {target}'", shell=True, check=True)
    return redirect(url_for(".index"))


@bp.route("/ping", methods=["POST"])
@staff_required
def ping():
    """Tell whether a till in one of the shops answers."""
    host = request.form.get("host", "")
    if not HOST.fullmatch(host):
        abort(400)
    done = subprocess.run(["ping", "-c", "1", "-W", "2", "--", host], capture_output=True, check=False)
    return jsonify(host=host, up=done.returncode == 0)


@bp.route("/import/prices", methods=["POST"])
@staff_required
def import_prices():
    """Take a supplier's price list (XML): `<prices><price sku="..." cents="..."/></prices>`."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
    tree = etree.fromstring(request.get_data(), parser)
    for price in tree.iter("price"):
        db.write("UPDATE products SET price = ? WHERE sku = ?", (int(price.get("cents")), price.get("sku")))
    return jsonify(changed=len(tree))


@bp.route("/import/products", methods=["POST"])
@staff_required
def import_products():
    """Take a product list (YAML), as the buyers keep it."""
    products = yaml.load(request.get_data(), Loader=yaml.Loader)
    for product in products:
        db.write(
            "INSERT INTO products (sku, name, category, price) VALUES (?, ?, ?, ?)",
            (product["sku"], product["name"], product["category"], int(product["price"])),
        )
    return jsonify(added=len(products))


@bp.route("/import/categories", methods=["POST"])
@staff_required
def import_categories():
    """Take a renaming of categories (YAML): old name -> new name."""
    names = yaml.safe_load(request.get_data()) or {}
    for old, new in names.items():
        db.write("UPDATE products SET category = ? WHERE category = ?", (str(new), str(old)))
    return jsonify(renamed=len(names))


@bp.route("/coupons/preview", methods=["POST"])
@staff_required
def coupon_preview():
    """Show what a coupon formula would do."""
    return jsonify(pricing.preview(request.form["formula"], [1000, 5000, 20000]))


@bp.route("/export/<table>")
@staff_required
def export(table):
    """Return a whole table as JSON; only the tables listed above."""
    statement = EXPORTS.get(table)
    if statement is None:
        abort(404)
    return jsonify([dict(row) for row in db.query(statement)])


@bp.route("/logs")
@staff_required
def logs():
    """Show the end of today's log."""
    path = Path("/var/log/shop/shop.log")
    return render_template("logs.html", lines=path.read_text(errors="replace").splitlines()[-200:])
