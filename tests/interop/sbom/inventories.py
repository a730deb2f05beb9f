"""Inventories for the tests of SBOM codecs."""

from __future__ import annotations

from hypothesis import strategies as st

from secloop.model.inventory import Inventory, Item, Located, Statement

_WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12).filter(lambda word: word.strip("-"))
_LICENSES = st.lists(
    st.sampled_from(["MIT", "Apache-2.0", "MIT OR Apache-2.0", "GPL-2.0-only", "Our own terms"]),
    max_size=2,
    unique=True,
)


def sample() -> Inventory:
    """Return an inventory with every field in use."""
    flask = Item(
        ref="pkg:pypi/flask@2.0",
        name="flask",
        version="2.0",
        purl="pkg:pypi/flask@2.0",
        scope="runtime",
        direct=True,
        licenses=("BSD-3-Clause",),
        hashes=(f"sha256:{'a1' * 32}",),
        supplier="Pallets (mail@pallets.example)",
        file_facts=(("filename", "flask-2.0.whl"),),
        description="A web framework",
        origin="https://files.example.org/flask-2.0.tar.gz",
        located=(Located(file="uv.lock", line=7), Located(file="b/uv.lock", line=3)),
        needs=("pkg:npm/%40a/b@1.0.0",),
    )
    scoped = Item(
        ref="pkg:npm/%40a/b@1.0.0",
        name="@a/b",
        version="1.0.0",
        purl="pkg:npm/%40a/b@1.0.0",
        scope="dev",
        direct=False,
        licenses=("Our own terms",),
        needs=(),
    )
    statement = Statement(
        vulnerability="CVE-2020-0001",
        status="not_affected",
        products=(flask.ref,),
        justification="vulnerable_code_not_in_execute_path",
        impact="Nothing calls it",
    )
    subject = Item(ref="subject", name="shop", version="1", kind="application", needs=(flask.ref,))
    return Inventory(
        subject=subject,
        items=(flask, scoped),
        statements=(statement,),
        created="2026-11-01T00:00:00Z",
        tools=("secloop 0.1.0",),
        authors=("A. Person (a@person.example)",),
        context="pre-build",
        serial="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    )


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Draw an inventory of up to six packages with edges among them."""
    names = draw(st.lists(_WORDS, max_size=6, unique=True))
    purls = [f"pkg:pypi/{name}@1" for name in names]
    items = []
    for name, purl in zip(names, purls, strict=True):
        needs = draw(st.none() | st.lists(st.sampled_from(purls), unique=True, max_size=3))
        items.append(
            Item(
                ref=purl,
                name=name,
                version="1",
                purl=purl,
                scope=draw(st.sampled_from(["runtime", "dev", "test", "optional", "build", ""])),
                direct=draw(st.sampled_from([None, True, False])),
                licenses=tuple(draw(_LICENSES)),
                located=tuple(Located(file=f"{draw(_WORDS)}.lock", line=draw(st.integers(1, 9999))) for _ in range(1)),
                needs=None if needs is None else tuple(sorted(need for need in needs if need != purl)),
            ),
        )
    subject = Item(ref="subject", name=draw(_WORDS), version="1", kind="application", needs=tuple(sorted(purls[:2])))
    return Inventory(subject=subject, items=tuple(items))
