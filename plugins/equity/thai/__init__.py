"""Thai text, persons, dates, places and numbers as they really arrive, read by vectorised functions.

Every function takes a ``pyarrow`` string array (``pa.Array`` or ``pa.ChunkedArray``) of length *n* and gives arrays of
length *n*. A cell that cannot be read becomes null and carries a problem code of :mod:`equity.thai.problems`; nothing
raises for the sake of a cell. Nothing here reads the clock, the network or the warehouse.
"""
