"""Which files say something of the use of packages: programs by their imports, scripts and configuration by names."""

from __future__ import annotations

from functools import lru_cache

from secloop.model.regex import lazy

PYTHON, JAVASCRIPT, GO = "python", "javascript", "go"

LANGUAGES: dict[str, str] = {"PyPI": PYTHON, "npm": JAVASCRIPT, "Go": GO}
"""The language whose imports name the packages of an ecosystem."""

_BY_END = {
    **dict.fromkeys(("py", "pyi", "pyw", "pyx", "ipynb"), PYTHON),
    **dict.fromkeys(
        ("js", "jsx", "mjs", "cjs", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro", "mdx", "scss", "less"),
        JAVASCRIPT,
    ),
    "go": GO,
}
_NAMING_ENDS = frozenset({
    "yml", "yaml", "toml", "cfg", "ini", "conf", "sh", "bash", "mk", "service", "dockerfile", "j2", "html", "bat",
    "ps1", "css", "json5", "pug", "ejs", "hbs", "env",
})  # fmt: skip
_NAMING = lazy(
    r"^(?:dockerfile|containerfile|procfile|makefile|gnumakefile|justfile|jenkinsfile|vagrantfile|\.[\w-]+rc|\.env)\b"
    r"|^(?:package|angular|project|nx|lerna|turbo|vercel|app|now|babel|jest|karma|web-types)\.json$"
    r"|(?:config|conf|settings|rc)\b[\w.-]*\.json$|^\.[\w.-]+\.json$|^[jt]sconfig[\w.-]*\.json$"
)
_TEST = lazy(
    r"(?:^|/)(?:tests?|testing|__tests__|__mocks__|e2e|spec|specs|cypress|testdata|fixtures?|benchmarks?|bench)/"
    r"|(?:^|/)(?:test_[^/]*|conftest)\.pyi?$|_test\.(?:py|go)$|[.-](?:test|tests|spec|cy|stories)\.[cm]?[jt]sx?$"
)
_BESIDE = lazy(r"(?:^|/)(?:docs?|docs_src|examples?|samples?|demos?|tutorials?|website)/")


@lru_cache(maxsize=1 << 14)
def language_of(path: str) -> str | None:
    """Return the language whose imports a file may hold, empty for one that may name packages, None for any other."""
    name = path.rpartition("/")[2].lower()
    end = name.rpartition(".")[2]
    if end in _BY_END:
        return _BY_END[end]
    return "" if end in _NAMING_ENDS or _NAMING.search(name) else None


@lru_cache(maxsize=1 << 14)
def weight(path: str) -> int:
    """Return how much a file tells of what runs in production: 0 most, 1 examples and documentation, 2 tests."""
    if _TEST.search(path):
        return 2
    return 1 if _BESIDE.search(path) else 0
