"""Requests on the wire: their syntax, their credentials, retries, and the only socket."""
