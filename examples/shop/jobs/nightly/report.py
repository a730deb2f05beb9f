"""The nightly report: yesterday's sales as PDF, mailed to the owners."""

import base64
import sqlite3
import sys
from datetime import date, timedelta

import requests
from lxml import etree
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

MAIL_URL = "https://api.sendgrid.com/v3/mail/send"
MAIL_KEY = "SG.{{base64url:22}}.{{base64url:43}}"
OWNERS = ["owners@corner-shop.test"]

SALES = """
SELECT p.category, COUNT(DISTINCT o.id) AS orders, SUM(l.amount * l.price) AS cents
FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
WHERE o.status IN ('paid', 'sent') AND date(o.created_at) = ?
GROUP BY p.category ORDER BY cents DESC
"""


def sales(database, day):
    """Return (category, orders, cents) of a day."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return connection.execute(SALES, (day.isoformat(),)).fetchall()


def rates(path):
    """Return the exchange rates of the central bank's file: currency -> rate. Entities are left alone."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return {cube.get("currency"): float(cube.get("rate")) for cube in etree.parse(path, parser).iter("{*}Cube") if cube.get("currency")}


def draw(rows, exchange, path, day):
    """Write the report as PDF."""
    page = canvas.Canvas(path, pagesize=A4)
    page.drawString(60, 780, f"Sales of {day:%A, %d %B %Y}")
    for number, (category, orders, cents) in enumerate(rows):
        dollars = cents / 100 * exchange.get("USD", 1)
        page.drawString(60, 740 - 18 * number, f"{category}: {orders} orders, {cents / 100:.2f} EUR ({dollars:.2f} USD)")
    page.save()


def send(path):
    """Mail the report."""
    with open(path, "rb") as file:
        content = base64.b64encode(file.read()).decode()
    answer = requests.post(
        MAIL_URL,
        headers={"Authorization": f"Bearer {MAIL_KEY}"},
        json={
            "from": {"email": "reports@corner-shop.test"},
            "personalizations": [{"to": [{"email": owner} for owner in OWNERS]}],
            "subject": "Yesterday at the Corner Shop",
            "content": [{"type": "text/plain", "value": "The report is attached."}],
            "attachments": [{"content": content, "filename": "sales.pdf", "type": "application/pdf"}],
        },
        timeout=30,
    )
    answer.raise_for_status()


def main():
    """Run with the database and the central bank's file as arguments."""
    database, exchange = sys.argv[1:3]
    day = date.today() - timedelta(days=1)
    draw(sales(database, day), rates(exchange), "sales.pdf", day)
    send("sales.pdf")


if __name__ == "__main__":
    main()
