"""How the workbooks that partners get are written: looks, lists to choose from, sheets, and the sheet that says what they are."""
