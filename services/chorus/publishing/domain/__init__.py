"""What publishing decides, without I/O, clock or ids of its own."""
