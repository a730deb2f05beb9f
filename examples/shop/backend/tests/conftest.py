"""An application with an empty database for each test."""

import pytest

from shop import create_app, db


@pytest.fixture
def app(tmp_path):
    app = create_app({"TESTING": True, "DATABASE": str(tmp_path / "shop.db"), "SECRET_KEY": "test", "STOCK_TOKEN": "dummy-token"})
    with app.app_context():
        db.init_db()
    return app


@pytest.fixture
def client(app):
    return app.test_client()
