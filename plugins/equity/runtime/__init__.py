"""Running a night on one machine: the processes, the night itself, and what is told about it."""
