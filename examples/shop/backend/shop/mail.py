"""Mail to customers, through the shop's own relay."""

import smtplib
from email.message import EmailMessage

from flask import current_app


def send(to, subject, body):
    """Send a plain text mail."""
    message = EmailMessage()
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = to
    message["Subject"] = subject
    message.set_content(body)
    with smtplib.SMTP(current_app.config["MAIL_HOST"], 587, timeout=10) as server:
        server.starttls()
        server.login("orders", current_app.config["MAIL_PASSWORD"])
        server.send_message(message)
