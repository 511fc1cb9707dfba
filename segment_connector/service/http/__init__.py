"""The HTTP API of the service: its operations, who may call them, and its OpenAPI document."""
