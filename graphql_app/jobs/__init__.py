"""Background jobs: enqueued in a rule's transaction, run in steps that commit their work together with the progress."""
