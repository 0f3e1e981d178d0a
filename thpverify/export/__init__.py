"""The same steps in other checkers' languages, for people to read and for SPIN and Rumur to confirm our counts."""
