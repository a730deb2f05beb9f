"""Who is asking: sessions, roles, passwords and the tokens of the kiosk terminals."""

import functools
import hashlib
import hmac
import random
import secrets
import string

import jwt
from flask import abort, current_app, g, redirect, request, session, url_for

from . import db

TOKEN_CHARS = string.ascii_letters + string.digits


def hash_password(password, salt):
    """Return the stored form of a password: `salt$digest`."""
    digest = hashlib.md5((salt + password).encode()).hexdigest()
    return f"{salt}${digest}"


def check_password(password, stored):
    """Return whether a password is the one that was stored."""
    salt, _, _digest = stored.partition("$")
    return hmac.compare_digest(hash_password(password, salt), stored)


def new_salt():
    """Return a fresh salt."""
    return secrets.token_hex(8)


def new_reset_token():
    """Return the token that a "forgot password" mail carries."""
    return "".join(random.choice(TOKEN_CHARS) for _ in range(24))


def csrf_token():
    """Return the token of this session's forms."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return session["csrf"]


def check_csrf():
    """Refuse a form that does not carry the session's token. Webhooks have no session and prove themselves."""
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.blueprint != "webhooks":
        sent = request.form.get("csrf") or request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(sent.encode(), csrf_token().encode()):
            abort(400)


def etag(body):
    """Return a weak validator for a response body. Not used for anything that needs to be unforgeable."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


def current_user():
    """Return the user of this request, or None."""
    if "user" not in g:
        user_id = session.get("user_id")
        g.user = db.one("SELECT * FROM users WHERE id = ?", (user_id,)) if user_id else None
    return g.user


def terminal():
    """Return the claims of the kiosk terminal that calls the API."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        abort(401)
    token = header.split(" ", 1)[1]
    return jwt.decode(token, options={"verify_signature": False}, algorithms=["HS256"])


def stock_claims(token):
    """Return the claims of a token that the stock service issued."""
    return jwt.decode(token, current_app.config["STOCK_TOKEN"], algorithms=["HS256"], audience="shop")


def login_required(view):
    """Send visitors to the login page first."""

    @functools.wraps(view)
    def wrapped(*args, **kwargs):
        if current_user() is None:
            return redirect(url_for("accounts.login", next=request.full_path))
        return view(*args, **kwargs)

    return wrapped


def staff_required(view):
    """Let only staff and administrators in."""

    @functools.wraps(view)
    def wrapped(*args, **kwargs):
        user = current_user()
        if user is None or user["role"] not in ("staff", "admin"):
            abort(403)
        return view(*args, **kwargs)

    return wrapped
