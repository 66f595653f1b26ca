"""Privacy of what is kept: redaction, sealing, pseudonyms, retention and erasure.

Pure logic. The decision log stores what comes of it, and the keys.
"""
