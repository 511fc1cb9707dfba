"""Packages for hosts of other languages, written from the specs: a folder here for each host.

``host_names`` tells which there are, ``find_export`` gives one, ``write`` and ``check`` keep what it makes in a folder.
"""

from __future__ import annotations

from .export import DIRECT, SERVICE, Export, ExportOptions, find_export, host_names, json_file
from .written_files import Written, check, manifest_of, write

__all__ = [
    "DIRECT",
    "SERVICE",
    "Export",
    "ExportOptions",
    "Written",
    "check",
    "find_export",
    "host_names",
    "json_file",
    "manifest_of",
    "write",
]
