"""Signals of code quality: complexity and duplication over the sources, coverage from the reports of test runs."""
