"""Orders as work: placing an order creates its tasks, which must be done or cancelled before it is fulfilled."""
