"""Actions that surely happen: written with the decision that asks for them, delivered at least once."""
