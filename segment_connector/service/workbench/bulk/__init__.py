"""The page on which a file is dropped, mapped and delivered."""
