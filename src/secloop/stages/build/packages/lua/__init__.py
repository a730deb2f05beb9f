"""Lua."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.lua.luarocks import LuarocksLock, Rockspec

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (LuarocksLock(), Rockspec())
