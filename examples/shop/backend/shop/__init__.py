"""The Corner Shop's back end: an application factory and its blueprints."""

import logging

from flask import Flask, jsonify, render_template, request

from . import accounts, admin, cart, catalogue, checkout, db, uploads, webhooks
from .config import Config
from .security import check_csrf, csrf_token

log = logging.getLogger(__name__)


def create_app(overrides=None):
    """Build the application. `overrides` are settings for tests."""
    app = Flask(__name__)
    app.config.from_object(Config)
    if overrides:
        app.config.update(overrides)

    db.init_app(app)
    for part in (catalogue, cart, checkout, accounts, admin, uploads, webhooks):
        app.register_blueprint(part.bp)

    app.before_request(check_csrf)
    app.add_template_global(csrf_token)

    @app.after_request
    def add_headers(response):
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.path.startswith("/api/"):
            # The kiosk terminals in the shops run from another origin.
            response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response

    @app.errorhandler(404)
    def not_found(_error):
        if request.path.startswith("/api/"):
            return jsonify(error="not found"), 404
        return render_template("error.html", title="Not found", path=request.path), 404

    @app.route("/healthz")
    def health():
        db.get_db().execute("SELECT 1")
        return jsonify(status="ok")

    log.info("shop started with %s", app.config["DATABASE"])
    return app
