"""What is made of events and of plans: a plan drawn from events, a page to read, types to program with."""
