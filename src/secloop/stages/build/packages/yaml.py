"""YAML for manifests and lock files, as SBOMs are read: text, lists and tables that know the lines of their keys."""

from __future__ import annotations

from secloop.interop import yamltree

MAX_DEPTH = yamltree.MAX_DEPTH
MAX_NODES = yamltree.MAX_NODES
YamlList = yamltree.YamlList
YamlTable = yamltree.YamlTable
parse_yaml = yamltree.parse_yaml
