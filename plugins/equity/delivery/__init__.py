"""Delivery: landing, normalising, checking, splitting, loading, answering; a delivery is the unit of work."""
