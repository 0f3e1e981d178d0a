"""What a run tells: to people at a terminal, and to programs as JSON and JUnit. docs/output.md describes all of it."""
