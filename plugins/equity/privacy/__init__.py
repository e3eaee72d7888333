"""Privacy: keys, pseudonyms and what is encrypted with them."""
