"""A new record type: its declaration, and all that follows from it, written in one go and held together by tests."""
