"""Pages of documentation, written from the specs: Markdown in, nothing else needed to read it."""
