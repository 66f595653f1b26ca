"""Amity as a service over gRPC."""
