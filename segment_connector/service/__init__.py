"""One process that offers the connector over the wire: an HTTP API, a workbench for people, tools for agents."""
