"""A source without the files that an inventory cannot need: nearly all of a tree, told by their names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.scan import sources
from secloop.stages.build.packages.registry import extractor_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from secloop.model.coverage import Gap
    from secloop.scan.sources import Entry, Place, Source

_ENDS = """
avif bmp c cc cfg conf cpp cs css csv cts cxx dart docx eot ex exs gif go gql gradle graphql h hpp hs htm html ico ini
ipynb java jinja jinja2 jpeg jpg js json jsonl jsx kt kts less lock log lua m map md mdx mjs mli mo mp3 mp4 mts otf pdf
php pl plist pm png po pot pptx properties proto ps1 py pyi r rb rego rs rst sass scala scss sh snap sql svelte svg
swift tf tfvars toml ts tsv tsx ttf txt vue wav webm webp woff woff2 xls xlsx xml yaml yml
"""
_NO_PROGRAMS = frozenset(_ENDS.split())
"""Ends of names of texts, pictures and documents. No reader of compiled programs looks at them."""


class Manifests:
    """The files of `source` that a reader knows by name, and those that may be programs."""

    def __init__(self, source: Source) -> None:
        """Look through at `source`."""
        self._source = source

    @property
    def excluded(self) -> Mapping[str, int]:
        """How many files the source left out, by reason."""
        return self._source.excluded

    @property
    def gaps(self) -> Sequence[Gap]:
        """What the source could not look at."""
        return self._source.gaps

    @property
    def total(self) -> int:
        """The number of files that the source lists."""
        return self._source.total

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the files that matter."""
        return (entry for entry in self._source if may_matter(entry.path))

    def unread(self) -> Iterator[Entry | Place]:
        """Iterate as the source does before anybody looks at a file."""
        return (one for one in sources.unread(self._source) if may_matter(one.path))

    def close(self) -> None:
        """Let go of processes and files."""
        self._source.close()


def may_matter(path: str) -> bool:
    """Return whether a file may tell of packages, by its path."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() not in _NO_PROGRAMS or extractor_for(path) is not None
