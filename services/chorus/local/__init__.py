"""local: the whole house on one machine: the embedded default, its one front, and the demo.

Owns nothing that a service owns: it starts them, each in a process of its own, and stops them.
"""
