"""What turns the data files into the compiled catalogue. Never runs in a function."""
