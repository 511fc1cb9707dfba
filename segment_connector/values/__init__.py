"""JSON values: copied, parsed strictly, written, and the paths into them."""
