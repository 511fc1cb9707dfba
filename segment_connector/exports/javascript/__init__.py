"""The connector in JavaScript, which hosts of that language share: the specs as data and functions, and a runtime."""
