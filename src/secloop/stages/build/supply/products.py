"""Which product of endoflife.date an image, a framework's package, a runtime or a system is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.model.facts import Component

_IMAGES = {
    "almalinux": "almalinux",
    "alpine": "alpine-linux",
    "amazoncorretto": "amazon-corretto",
    "amazonlinux": "amazon-linux",
    "centos": "centos",
    "consul": "consul",
    "debian": "debian",
    "drupal": "drupal",
    "eclipse-temurin": "eclipse-temurin",
    "elasticsearch": "elasticsearch",
    "elixir": "elixir",
    "erlang": "erlang",
    "fedora": "fedora",
    "golang": "go",
    "gradle": "gradle",
    "haproxy": "haproxy",
    "httpd": "apache-http-server",
    "kibana": "kibana",
    "logstash": "logstash",
    "mariadb": "mariadb",
    "memcached": "memcached",
    "mongo": "mongodb",
    "mysql": "mysql",
    "nextcloud": "nextcloud",
    "nginx": "nginx",
    "node": "nodejs",
    "opensuse/leap": "opensuse",
    "oraclelinux": "oracle-linux",
    "perl": "perl",
    "photon": "photon",
    "php": "php",
    "postgres": "postgresql",
    "python": "python",
    "rabbitmq": "rabbitmq",
    "redis": "redis",
    "rockylinux": "rocky-linux",
    "rockylinux/rockylinux": "rocky-linux",
    "ruby": "ruby",
    "solr": "solr",
    "sonarqube": "sonarqube-server",
    "tomcat": "tomcat",
    "traefik": "traefik",
    "ubuntu": "ubuntu",
    "vault": "hashicorp-vault",
    "wordpress": "wordpress",
}
"""Name of an image on Docker Hub -> product. Images whose tags count their own releases are not here."""
_DOTNET = ("mcr.microsoft.com/dotnet/", "mcr.microsoft.com/dotnet/core/")
_PACKAGES = {
    ("Maven", "org.springframework.boot:spring-boot"): "spring-boot",
    ("Maven", "org.springframework:spring-core"): "spring-framework",
    ("Packagist", "drupal/core"): "drupal",
    ("Packagist", "laravel/framework"): "laravel",
    ("Packagist", "symfony/framework-bundle"): "symfony",
    ("Packagist", "symfony/symfony"): "symfony",
    ("PyPI", "django"): "django",
    ("RubyGems", "rails"): "rails",
    ("npm", "@angular/core"): "angular",
    ("npm", "angular"): "angularjs",
    ("npm", "bootstrap"): "bootstrap",
    ("npm", "electron"): "electron",
    ("npm", "next"): "nextjs",
    ("npm", "nuxt"): "nuxt",
    ("npm", "vue"): "vue",
}
_SYSTEMS = {
    "almalinux": "almalinux",
    "alpine": "alpine-linux",
    "amzn": "amazon-linux",
    "centos": "centos",
    "debian": "debian",
    "fedora": "fedora",
    "mageia": "mageia",
    "ol": "oracle-linux",
    "opensuse-leap": "opensuse",
    "photon": "photon",
    "rhel": "rhel",
    "rocky": "rocky-linux",
    "sles": "sles",
    "ubuntu": "ubuntu",
}
"""`ID` of os-release(5) -> product."""
_RUNTIMES = frozenset({"dotnet", "go", "nodejs", "php", "python", "ruby"})

PRODUCTS: frozenset[str] = frozenset({*_IMAGES.values(), *_PACKAGES.values(), *_SYSTEMS.values(), *_RUNTIMES})
"""The products that are known here."""


def product_of(ecosystem: str, component: Component) -> str:
    """Return the product (its name on endoflife.date) that a component is, empty for none that is known here."""
    if ecosystem == "Docker":
        if component.name.startswith(_DOTNET):
            return "dotnet"
        return _IMAGES.get(component.name.removeprefix("docker.io/").removeprefix("library/"), "")
    if ecosystem == "generic":
        return component.name if component.name in _RUNTIMES else _SYSTEMS.get(component.name, "")
    return _PACKAGES.get((ecosystem, component.name.lower()), "")
