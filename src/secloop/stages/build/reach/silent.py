"""Packages that work without anyone naming them: plugins, tools, types, drivers, and what others load when it is there.

That no file imports one of these says nothing, so nothing is said of them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterable

_PYTHON = lazy(
    r"^(?:pytest|flake8|pylint|sphinx|sphinxcontrib|mkdocs|mypy|types|tox|nox|hatch|poetry|pdm|setuptools|jupyter"
    r"|jupyterlab|nb|ipython|pelican|towncrier|pre-commit|django|flask|celery|kombu|opentelemetry|apache-airflow|dbt"
    r"|keyring|keyrings|uvicorn|gunicorn|litellm|llama-index|langchain|nvidia|backports)(?:-|$)"
    r"|(?:^|-)(?:stubs?|plugins?|ext|backend|driver|binary|wheel|compat|shim|nspkg)(?:-|$)|-(?:c|core|clib|rs|speedups)$"
)
_JAVASCRIPT = lazy(
    r"^@types/|^@(?:babel|eslint|typescript-eslint|rollup|webpack|jest|vitejs|vitest|storybook|swc|parcel|commitlint"
    r"|semantic-release|nx|nrwl|angular-devkit|angular-eslint|nuxt|postcss|tailwindcss|graphql-codegen|stylistic"
    r"|playwright|wdio|size-limit|release-it|changesets|cspell|napi-rs|esbuild|img|next|prettier|stryker-mutator"
    r"|tsconfig|svgr|docusaurus)/"
    r"|(?:^|[/-])(?:plugins?|presets?|loaders?|configs?|adapters?|transformers?|transform|reporters?|formatters?|parsers?"
    r"|resolvers?|runners?|cli|polyfills?|shims?|types|typings|linters?|themes?|extensions?|drivers?|connectors?)(?:$|-)"
    r"|^(?:grunt|gulp|karma|eslint|babel|postcss|rollup|vite|webpack|stylelint|prettier|remark|rehype|jest|mocha|chai"
    r"|cypress|hubot|generator|gatsby|tslint|browserify|metro|react-native|expo|cordova|ember|broccoli|cz|semantic-release"
    r"|textlint|markdownlint|svelte|nuxt|astro|tailwindcss|sass|less|stylus|typescript|ts|tsx|core-js|regenerator-runtime"
    r"|tslib|zone\.js|husky|lint-staged|nodemon|pm2|cross-env|npm-run-all|npm|yarn|pnpm|node|patch-package)(?:[-.]|$)"
)


def is_silent(ecosystem: str, name: str) -> bool:
    """Return whether a package may be in use although nothing names it."""
    own = package_name(ecosystem, name)
    if own in _names(ecosystem):
        return True
    return bool((_PYTHON if ecosystem == "PyPI" else _JAVASCRIPT).search(own))


@cache
def _names(ecosystem: str) -> frozenset[str]:
    text = (files("secloop.stages.build.reach") / "silent.txt").read_text("utf-8")
    rows: Iterable[list[str]] = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(name for own, *names in rows if own == ecosystem for name in names)
