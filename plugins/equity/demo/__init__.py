"""The demo world: three synthetic partners with messy files and real servers, and the truth of what was planted."""
