"""What every sentence of the app claims of a run, room by room, to be checked against the run's raw steps."""
