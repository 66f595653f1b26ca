"""The JSON Schema of our files, which gives completion and hover text in editors."""
