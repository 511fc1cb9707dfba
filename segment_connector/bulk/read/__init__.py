"""Sources in blocks of records: files of JSON lines and tables, packed or not, standard input, a program's own rows."""
