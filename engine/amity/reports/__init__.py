"""What the log comes to: scorecards that can be explained by counting, and charts of them."""
