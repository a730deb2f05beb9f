"""Coupons."""

import pytest

from shop.pricing import discount


@pytest.mark.parametrize(("code", "total", "off"), [("welcome5", 2000, 500), ("WELCOME5", 300, 300), ("TENTH", 2000, 200), ("none", 2000, 0)])
def test_a_coupon_never_takes_off_more_than_the_total(code, total, off):
    assert discount(code, total) == off
