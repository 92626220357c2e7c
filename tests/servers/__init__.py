"""Real servers for tests: each starts one, on a free port, in a folder of its own, and stops it by its process id."""
