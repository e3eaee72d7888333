"""Publishing: the bulletin, its charts and its Excel file, made as the role that may see them."""
