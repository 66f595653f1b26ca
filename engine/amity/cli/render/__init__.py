"""How judged conversations look in a terminal: everything here turns values into rich text."""
