"""A day of the city, played on a local stack, and judged."""
