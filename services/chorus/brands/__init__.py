"""brands: whose community this is, who may do what, and how people and machines prove who they are.

Owns: brands, members, sessions, machine tokens. Hears: nothing. Says: chorus.brand.v1.
"""
