"""The command line `amity`: one module for each command."""
