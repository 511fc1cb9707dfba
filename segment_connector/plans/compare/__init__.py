"""What two plans say of the same events, compared by what it means and not by how it is written."""
