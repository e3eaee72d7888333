"""The Lampang education equity platform: every partner's records, one checked provincial warehouse."""
