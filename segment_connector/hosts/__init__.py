"""Hosts: programs that offer the actions in their own protocol, one host a file or folder."""
