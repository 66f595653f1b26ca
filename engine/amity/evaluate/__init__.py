"""The heart: a plan of compiled rules and the signals of a conversation give outcomes."""
