"""The actions as tools of AI agents, whatever the host: what is shown, what a call gives, what an error says.

Nothing here knows a host. ``Toolbox`` has the tools and answers their calls; ``hosts/mcp`` and the hosts beside it put
them into the forms of a protocol or of a framework.
"""
