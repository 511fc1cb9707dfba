"""What the service of a trigger calls: the address of each registration."""
