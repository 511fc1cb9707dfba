"""The inbox: what triggers tell is stored before it is answered, counted once, and handed on until it is taken."""
