"""Coupons. The formulas come from the back office, where marketing edits them."""

import ast
import operator

from . import db

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

COUPONS = {
    "WELCOME5": "500",
    "TENTH": "total * 0.1",
    "BIGSPENDER": "(total - 10000) * 0.2",
}


def discount(code, total):
    """Return the discount of a coupon in cents, never more than the total."""
    formula = COUPONS.get(code.strip().upper())
    if formula is None:
        return 0
    value = calculate(ast.parse(formula, mode="eval").body, {"total": total})
    return max(0, min(int(value), total))


def calculate(node, names):
    """Return the value of a formula of numbers, names and the four operators."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](calculate(node.left, names), calculate(node.right, names))
    raise ValueError("a formula has only numbers, names, +, -, * and /")


def preview(formula, totals):
    """Return what a new formula would take off each of some totals; for the back office."""
    return [eval(formula, {"total": total}) for total in totals]


def reprice(category, percent):
    """Change the prices of a category by a percentage."""
    db.write("UPDATE products SET price = price * (100 + ?) / 100 WHERE category = ?", (percent, category))
