"""Policies: files with positions, read into a model, put into English, gathered in bundles."""
