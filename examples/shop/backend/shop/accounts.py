"""Customers: registration, login, profile and forgotten passwords."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for

from . import db, mail
from .security import check_password, current_user, hash_password, login_required, new_reset_token, new_salt

bp = Blueprint("accounts", __name__)

FIELDS = ("name", "email")


@bp.route("/register", methods=["GET", "POST"])
def register():
    """Open an account."""
    if request.method == "GET":
        return render_template("register.html")
    email, password = request.form["email"].strip().lower(), request.form["password"]
    if len(password) < current_app.config["PASSWORD_MIN_LENGTH"]:
        flash("Please choose a longer password.")
        return render_template("register.html"), 400
    if db.one("SELECT 1 FROM users WHERE email = ?", (email,)):
        flash("There is an account with this address already.")
        return render_template("register.html"), 409
    session["user_id"] = db.write(
        "INSERT INTO users (email, name, password_hash) VALUES (?, ?, ?)",
        (email, request.form["name"][:100], hash_password(password, new_salt())),
    )
    return redirect(url_for("catalogue.index"))


@bp.route("/login", methods=["GET", "POST"])
def login():
    """Log a customer in and lead them back to where they came from."""
    target = request.args.get("next") or url_for("catalogue.index")
    if request.method == "GET":
        return render_template("login.html", next=target)
    user = db.one("SELECT * FROM users WHERE email = ?", (request.form["email"].strip().lower(),))
    if user is None or not check_password(request.form["password"], user["password_hash"]):
        flash("Address or password is wrong.")
        return render_template("login.html", next=target), 401
    session.clear()
    session["user_id"] = user["id"]
    return redirect(target)


@bp.route("/logout", methods=["POST"])
def logout():
    """Forget the session; go back only to a page of the shop."""
    session.clear()
    target = request.form.get("next", "")
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        target = url_for("catalogue.index")
    return redirect(target)


@bp.route("/profile", methods=["GET", "POST"])
@login_required
def profile():
    """Show or change the customer's own data."""
    user = current_user()
    if request.method == "POST":
        values = [request.form.get(field, user[field])[:200] for field in FIELDS]
        db.write("UPDATE users SET name = ?, email = ? WHERE id = ?", (*values, user["id"]))
        return redirect(url_for(".profile"))
    return render_template("profile.html", user=user)


@bp.route("/forgot", methods=["POST"])
def forgot():
    """Mail a link that sets a new password."""
    email = request.form["email"].strip().lower()
    token = new_reset_token()
    until = datetime.utcnow() + timedelta(hours=current_app.config["RESET_TOKEN_HOURS"])
    db.write("UPDATE users SET reset_token = ?, reset_until = ? WHERE email = ?", (token, until.isoformat(), email))
    mail.send(email, "A new password", render_template("mail_reset.txt", token=token))
    flash("If there is an account with this address, a mail is on its way.")
    return redirect(url_for(".login"))


@bp.route("/reset/<token>", methods=["POST"])
def reset(token):
    """Set a new password with the token of a mail."""
    user = db.one("SELECT * FROM users WHERE reset_token = ? AND reset_until > ?", (token, datetime.utcnow().isoformat()))
    if user is None:
        abort(404)
    db.write(
        "UPDATE users SET password_hash = ?, reset_token = NULL WHERE id = ?",
        (hash_password(request.form["password"], new_salt()), user["id"]),
    )
    return redirect(url_for(".login"))
