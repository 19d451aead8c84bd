"""The benchmark: Workline beside hand-written handlers and other servers, on the same data, in the same run."""
