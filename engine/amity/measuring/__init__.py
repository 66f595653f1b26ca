"""How well detectors do on turns that people have labelled, and what to make of their scores."""
