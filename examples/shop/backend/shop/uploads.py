"""Pictures: customers' photos in reviews, and product pictures from the back office."""

import secrets
from pathlib import Path

from flask import Blueprint, abort, current_app, jsonify, request, send_from_directory
from PIL import Image
from werkzeug.utils import secure_filename

from . import db
from .security import login_required, staff_required

bp = Blueprint("uploads", __name__)

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
THUMBNAIL = (320, 320)


def folder(name):
    """Return a folder below the uploads, which is made on first use."""
    path = Path(current_app.config["UPLOAD_FOLDER"]) / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@bp.route("/uploads/reviews", methods=["POST"])
@login_required
def review_photo():
    """Keep a customer's photo and return its address."""
    photo = request.files.get("photo")
    if photo is None:
        abort(400)
    target = folder("reviews") / photo.filename
    photo.save(str(target))
    return jsonify(url=f"/uploads/reviews/{photo.filename}")


@bp.route("/uploads/products/<int:product_id>", methods=["POST"])
@staff_required
def product_picture(product_id):
    """Keep a product's picture, made small."""
    picture = request.files.get("picture")
    suffix = Path(secure_filename(picture.filename or "")).suffix.lower() if picture else ""
    if suffix not in SUFFIXES:
        abort(400)
    name = f"{product_id}-{secrets.token_hex(6)}{suffix}"
    with Image.open(picture.stream) as image:
        image.thumbnail(THUMBNAIL)
        image.save(folder("products") / name)
    db.write("UPDATE products SET picture = ? WHERE id = ?", (name, product_id))
    return jsonify(url=f"/uploads/products/{name}")


@bp.route("/uploads/<any(reviews, products):kind>/<path:name>")
def picture(kind, name):
    """Send a picture; send_from_directory refuses what leads out of the folder."""
    return send_from_directory(str(folder(kind)), name)
