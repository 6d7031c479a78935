"""Pictures of everything that the meter's display shows, and the table of its items."""
