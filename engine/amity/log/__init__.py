"""The decision log: what was judged and how, durable before its reply leaves, and provable later."""
