"""Plugins: what they contribute, how they are found, and how their faults stay their own."""
