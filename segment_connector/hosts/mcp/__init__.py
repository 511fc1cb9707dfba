"""The actions as tools of an AI agent: an MCP server over stdio and over HTTP, made of the specs.

``http_app`` is for whoever serves HTTP, ``serve_stdio`` for a program that a client starts. Both speak every revision
that the official SDK knows: those that begin with a handshake, and 2026-07-28, which has none.
"""

from __future__ import annotations

from ..agent_tools.offer import Offer
from .transports import HttpApp, http_app, serve_stdio

__all__ = ["HttpApp", "Offer", "http_app", "serve_stdio"]
