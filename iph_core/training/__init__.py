"""Training: losses, named schedules, the loop and its checkpoints."""
