"""Guarded commands over bounded variables: the only thing that engines read. Imports no other room."""
