"""secloop: the whole DevSecOps loop of one project from one package."""

__version__ = "0.1.0"
