"""What rights does, one plain function for each use case: it reads the store, lets the domain decide, and saves."""
