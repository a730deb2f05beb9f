"""Accounts: what a visitor can do without and with a session."""

PASSWORD = "correct horse battery staple"


def form(client, **values):
    with client.session_transaction() as session:
        session["csrf"] = "token"
    return {"csrf": "token", **values}


def test_a_new_customer_is_logged_in(client):
    answer = client.post("/register", data=form(client, email="ada@corner-shop.test", name="Ada", password=PASSWORD))
    assert answer.status_code == 302
    assert client.get("/profile").status_code == 200


def test_a_short_password_is_refused(client):
    answer = client.post("/register", data=form(client, email="ada@corner-shop.test", name="Ada", password="short"))
    assert answer.status_code == 400


def test_a_form_without_its_token_is_refused(client):
    assert client.post("/logout", data={}).status_code == 400


def test_logout_never_leaves_the_shop(client):
    answer = client.post("/logout", data=form(client, next="//elsewhere.test/"))
    assert answer.headers["Location"].endswith("/")
