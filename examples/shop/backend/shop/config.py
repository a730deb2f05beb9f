"""Settings, read from the environment once at start."""

import os


class Config:
    """Every setting of the shop. `backend/.env.example` lists the variables."""

    SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "{{base64url:50}}")
    DATABASE = os.environ.get("SHOP_DATABASE", "/var/lib/shop/shop.db")

    SESSION_COOKIE_NAME = "shop_session"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = os.environ.get("SHOP_INSECURE_COOKIES") != "1"

    MAX_CONTENT_LENGTH = 8 * 1024 * 1024
    UPLOAD_FOLDER = os.environ.get("SHOP_UPLOADS", "/var/lib/shop/uploads")
    INVOICE_FOLDER = os.environ.get("SHOP_INVOICES", "/var/lib/shop/invoices")

    STOCK_URL = os.environ.get("STOCK_URL", "http://stock.shop.svc.cluster.local:8081")
    STOCK_TOKEN = os.environ.get("STOCK_TOKEN", "")

    STRIPE_KEY = os.environ.get("STRIPE_KEY", "")
    STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
    PAYMENTS_URL = "https://api.stripe.com/v1"

    MAIL_HOST = os.environ.get("MAIL_HOST", "smtp.corner-shop.test")
    MAIL_PASSWORD = os.environ.get("MAIL_PASSWORD", "")
    MAIL_FROM = "Corner Shop <orders@corner-shop.test>"

    PASSWORD_MIN_LENGTH = 10
    RESET_TOKEN_HOURS = 2
    PAGE_SIZE = 24
