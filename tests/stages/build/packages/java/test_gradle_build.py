"""Gradle build scripts: literals, in Groovy and Kotlin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, observations, pins

if TYPE_CHECKING:
    from secloop.model.facts import Component

GROOVY = """plugins {
    id 'java'
    id 'com.acme.boot' version '2.1'
}
def acmeVersion = '1.4'
ext { twice = '1'; twice = '2' }
/* implementation 'com.acme:gone:1.0'
*/
dependencies {
    implementation 'com.acme:web:1.0'
    // implementation 'com.acme:gone:1.0'
    api "com.acme:core:$acmeVersion"
    testImplementation("com.acme:spec:${acmeVersion}:tests@jar")
    compileOnly group: 'com.acme', name: 'named', version: '3.0'
    runtimeOnly group: 'com.acme', name: 'by-name', version: acmeVersion
    implementation "com.acme:several:$twice"
    implementation 'com.acme:strict:5.0!!'
    implementation 'com.acme:range:[1.0,2.0)'
    implementation project(':core')
    implementation libs.web
    annotationProcessor 'com.acme:bare'
    println("see https://acme.invalid/a:b:c")
}
"""
KOTLIN = """val acme by extra("1.0")
val core = "2.0"
plugins { id("com.acme.boot") version "2.1" apply false }
dependencies {
    implementation("com.acme:web:1.0") { isTransitive = false }
    "api"("com.acme:quoted:1.0")
    testImplementation(kotlin("test"))
    implementation(group = "com.acme", name = "named", version = "3.0")
    kapt("com.acme:core:$core")
}
"""


def read(name: str, text: str) -> dict[str, Component]:
    """Return the components of a script by name."""
    return {one.name: one for one in components({name: text})}


def test_groovy_literals_are_read_with_scope_and_line() -> None:
    found = {one.name: (one.version, one.scope, one.line) for one in read("build.gradle", GROOVY).values()}
    assert found == {
        "com.acme.boot:com.acme.boot.gradle.plugin": ("2.1", "build", 3),
        "com.acme:web": ("1.0", "runtime", 10),
        "com.acme:core": ("1.4", "runtime", 12),
        "com.acme:spec": ("1.4", "test", 13),
        "com.acme:named": ("3.0", "build", 14),
        "com.acme:by-name": ("1.4", "runtime", 15),
        "com.acme:several": ("", "runtime", 16),
        "com.acme:strict": ("5.0", "runtime", 17),
        "com.acme:range": ("", "runtime", 18),
        "com.acme:bare": ("", "build", 21),
    }


def test_what_is_not_known_keeps_its_wish() -> None:
    assert component({"build.gradle": GROOVY}, "com.acme:several").constraint == "$twice"
    assert component({"build.gradle": GROOVY}, "com.acme:range").constraint == "[1.0,2.0)"


def test_kotlin_literals_are_read() -> None:
    assert pins({"build.gradle.kts": KOTLIN}) == {
        "com.acme.boot:com.acme.boot.gradle.plugin": "2.1",
        "com.acme:web": "1.0",
        "com.acme:named": "3.0",
        "com.acme:core": "2.0",
    }


def test_a_lock_beside_a_script_is_where_a_package_is_told_and_the_script_says_what_is_direct() -> None:
    files = {
        "build.gradle": "dependencies {\n implementation 'com.acme:web:1.+'\n}\n",
        "gradle.lockfile": "com.acme:web:1.9=runtimeClasspath\ncom.acme:core:1.0=runtimeClasspath\n",
    }
    assert {(one.file, one.name): one.direct for one in components(files)} == {
        ("gradle.lockfile", "com.acme:web"): True,
        ("gradle.lockfile", "com.acme:core"): False,
    }


@given(st.text("implementation('a:b:1\")/* \n$", max_size=200))
def test_any_text_ends_in_observations(text: str) -> None:
    assert all(one.name for one in components({"build.gradle": text}))
    assert observations({"build.gradle": text.encode("utf-16")}) is not None


def test_runs_of_words_end() -> None:
    runs = ("def ", "val\nvar ", "implementation ", "id '", "set(extra[")
    assert not any(components({"build.gradle": run * 100_000}) for run in runs)
