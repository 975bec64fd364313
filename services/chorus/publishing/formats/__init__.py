"""Output formats of a surface: one file is one format, found by being here. The contract is `ports.Format`."""
