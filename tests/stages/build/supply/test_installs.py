"""What lines of Dockerfiles and pipelines install in ways that may differ each time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.supply.installs import LOOSE, PIPED, UNPINNED, Found, installs, problem


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("RUN npm install", [(LOOSE, "npm")]),
        ("RUN npm i --omit=dev --prefix app && true", [(LOOSE, "npm")]),
        ("RUN npm ci", []),
        ("RUN npm install --package-lock-only", []),
        ("RUN npm install -g @angular/cli grunt-cli@1.4 npm", [(UNPINNED, "@angular/cli")]),
        ("RUN npm install -g eslint@latest", [(UNPINNED, "eslint")]),
        ("RUN npm install ./local.tgz https://example.com/a.tgz git+ssh://x", []),
        ("- run: npm install -g typescript@${{ env.TYPESCRIPT }}", []),
        ("RUN cnpm install", []),
        ("# npm install", []),
        ("RUN yarn install", [(LOOSE, "yarn")]),
        ("RUN yarn install --immutable", []),
        ("RUN gem install rake bundler --no-document", [(UNPINNED, "rake")]),
        ("RUN gem install rake -v 13.0.0", []),
        ("RUN go install example.com/tool@latest", [(UNPINNED, "example.com/tool")]),
        ("RUN go install example.com/tool@v1.2.3 ./...", []),
        ("RUN cargo install ripgrep", [(UNPINNED, "ripgrep")]),
        ("RUN cargo install --locked ripgrep", []),
        ("RUN curl -sSf https://sh.example.com/x | sh -s -- -y", [(PIPED, "sh.example.com")]),
        ("RUN wget -qO- https://a.example.com/x | sudo bash", [(PIPED, "a.example.com")]),
        ("RUN curl $URL | /bin/sh", [(PIPED, "")]),
        ("RUN bash <(curl -s https://a.example.com/x)", [(PIPED, "a.example.com")]),
        ("RUN curl https://a.example.com/x | tee x | sha256sum -c y", []),
        ("RUN curl https://a.example.com/x | tar xz", []),
        ("RUN curl https://a.example.com/x | shasum", []),
        ("RUN curl https://a.example.com/x -o x; sh ./y", []),
    ],
)
def test_what_may_differ_each_time_is_told(line: str, found: list[tuple[str, str]]) -> None:
    assert [(one.check, one.name) for one in installs(f"FROM x\n{line}\n", container=True)] == found


def test_yarn_honours_the_lock_by_itself_in_a_pipeline() -> None:
    assert list(installs("- run: yarn install\n", container=False)) == []


def test_a_continued_line_counts_as_its_first() -> None:
    [one] = installs("FROM x\nRUN curl https://a.example.com/x \\\n  | bash\n", container=True)
    assert (one.line, one.name) == (2, "a.example.com")


@given(st.text(alphabet="curl|sh npmigoas @$({})<>\"'/\\-.\n\t"))
def test_any_text_is_read(text: str) -> None:
    for one in installs(text, container=True):
        assert problem(one).message


def test_a_long_line_of_pipes_takes_bounded_time() -> None:
    assert list(installs("curl a " + "| " * 2_000_000, container=True)) == []


@pytest.mark.parametrize(
    ("found", "own", "said"),
    [
        (Found(1, UNPINNED, "PyPI", "flask"), "unpinned", "Pin it (==)"),
        (Found(1, UNPINNED, "npm", "grunt"), "unpinned", "install from a lock"),
        (Found(1, LOOSE, "npm", "npm"), "loose-install npm", "npm ci"),
        (Found(1, PIPED, "generic", "a.example.com"), "piped-installer a.example.com", "A script from a.example.com"),
        (Found(1, PIPED, "generic"), "piped-installer", "A script from the network"),
    ],
)
def test_the_message_says_what_to_do(found: Found, own: str, said: str) -> None:
    assert problem(found).own == own
    assert said in problem(found).message
