"""Sources: what a spec says, how its deliveries are fetched and read."""
