"""z3 on the IR: bounded model checking, induction with lemmas, and certificates. Imports z3 only where it is used."""
