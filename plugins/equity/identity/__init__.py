"""Identity: the same person across partners, by edges with evidence."""
