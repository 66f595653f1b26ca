"""Lint: what a reviewer should know about policies, cues and cases, each finding with a code."""
