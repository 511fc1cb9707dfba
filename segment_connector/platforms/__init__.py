"""Platforms' catalogues: the same actions as each platform lists and calls them, by ``catalogs/<platform>.yaml``."""

from __future__ import annotations

from .catalog import Catalog

__all__ = ["Catalog"]
