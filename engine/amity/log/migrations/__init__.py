"""The steps by which the tables of the log came to be what they are, run when a log is opened."""
