"""How policies travel: the contents of a bundle, its digest, its file, and its signature."""
