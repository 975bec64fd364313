"""Reads strangers' pictures in a sandboxed child process.

`decoder.Decoder` is what the rest of ingest uses; everything else here runs in the child (`child`), which trusts
nothing that it is given, or talks to it (`sandbox`), and trusts nothing that it says.
"""
