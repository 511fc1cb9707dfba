"""The memory of the workbench: calls that were made, favourites, and forms that were left half filled in."""
