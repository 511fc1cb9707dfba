"""One call from inputs to result: see ``docs/design.md`` for how the modules follow one another."""
