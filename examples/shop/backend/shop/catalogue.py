"""What the shop sells: search, categories, products and their reviews."""

from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for

from . import db
from .security import current_user, login_required

bp = Blueprint("catalogue", __name__)

SORT_COLUMNS = {"name": "name", "price": "price", "new": "id DESC"}


@bp.route("/")
def index():
    """Show the front page: one row per category."""
    rows = db.query("SELECT DISTINCT category FROM products WHERE active = 1 ORDER BY category")
    return render_template("index.html", categories=[row["category"] for row in rows])


@bp.route("/search")
def search():
    """Show the products whose name or description holds the words asked for."""
    words = request.args.get("q", "").strip()
    sql = (
        "SELECT id, name, price, picture FROM products "
        f"WHERE active = 1 AND (name LIKE '%{words}%' OR description LIKE '%{words}%') "
        "ORDER BY name LIMIT 100"
    )
    products = db.get_db().execute(sql).fetchall()
    return render_template("search.html", words=words, products=products)


@bp.route("/category/<name>")
def category(name):
    """Show a category, sorted by a column of the customer's choice."""
    order = SORT_COLUMNS.get(request.args.get("sort"), "name")
    page = max(request.args.get("page", 1, type=int), 1)
    size = current_app.config["PAGE_SIZE"]
    products = db.query(
        f"SELECT id, name, price, picture FROM products WHERE active = 1 AND category = ? ORDER BY {order} LIMIT ? OFFSET ?",
        (name, size, (page - 1) * size),
    )
    return render_template("category.html", name=name, products=products, page=page)


@bp.route("/product/<int:product_id>")
def product(product_id):
    """Show one product with its reviews, newest first."""
    found = db.one("SELECT * FROM products WHERE id = ? AND active = 1", (product_id,))
    if found is None:
        abort(404)
    reviews = db.query(
        "SELECT r.*, u.name AS author FROM reviews r JOIN users u ON u.id = r.user_id WHERE r.product_id = ? ORDER BY r.id DESC",
        (product_id,),
    )
    return render_template("product.html", product=found, reviews=reviews)


@bp.route("/product/<int:product_id>/reviews", methods=["POST"])
@login_required
def add_review(product_id):
    """Take a review of a product."""
    stars = request.form.get("stars", type=int)
    body = request.form.get("body", "").strip()[:4000]
    if stars not in range(1, 6) or not body:
        abort(400)
    db.write(
        "INSERT INTO reviews (product_id, user_id, stars, body) VALUES (?, ?, ?, ?)",
        (product_id, current_user()["id"], stars, body),
    )
    return redirect(url_for(".product", product_id=product_id))


@bp.route("/api/products")
def api_products():
    """Return the products with the ids asked for, as JSON."""
    wanted = [int(part) for part in request.args.get("ids", "").split(",") if part.isdigit()][:50]
    rows = db.query(f"SELECT id, sku, name, price FROM products WHERE id IN ({db.placeholders(wanted)})", wanted)
    return jsonify([dict(row) for row in rows])
