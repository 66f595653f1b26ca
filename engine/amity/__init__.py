"""Amity judges an agent's conduct in customer-service conversations against policies in YAML."""
