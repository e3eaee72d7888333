"""The demo world: synthetic partners, a funder and registers with messy files and real servers, and the truth of what was planted."""
