"""Counter systems: proofs about any number of tasks, processes and subpages. See docs/counting.md."""
