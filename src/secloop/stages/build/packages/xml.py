"""XML for manifests, as SBOMs are read: without entities, external files or unbounded depth."""

from __future__ import annotations

from secloop.interop import xmltree

MAX_DEPTH = xmltree.MAX_DEPTH
Element = xmltree.Element
parse_xml = xmltree.parse_xml
