"""The form of a checkpoint's file, which may come from anywhere: its tables, and what may be in them."""

from __future__ import annotations

import contextlib
import sqlite3

from ..errors import InputError

IN_USE = "checkpoint_in_use"
"""The code of the problem that another run has the file."""

VERSION = 1
RECORDS = "records"
HEAD, TAIL = 65_536, 4_096  # bytes that a file is known again by

# SQLite's words about a file that it cannot get at, whatever is in it.
_OF_THE_SYSTEM = ("unable to open", "readonly", "read-only", "disk I/O error", "out of memory", "locking protocol")

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE heads (file TEXT PRIMARY KEY, bytes INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE tails (file TEXT PRIMARY KEY, "end" INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE done (file TEXT, start INTEGER, "end" INTEGER, PRIMARY KEY (file, start)) WITHOUT ROWID;
CREATE TABLE rejects (
  file TEXT, position INTEGER, line INTEGER, code TEXT NOT NULL, reject TEXT NOT NULL, PRIMARY KEY (file, position)
) WITHOUT ROWID;
"""

# In SQL, so that a reject of another type is not first made an object here.
_WRONG = f"""
SELECT 1 FROM facts WHERE typeof(name) != 'text' OR typeof(value) != 'text'
  OR name = '{RECORDS}' AND (value GLOB '*[^0-9]*' OR length(value) NOT BETWEEN 1 AND 18)
UNION ALL SELECT 1 FROM heads WHERE typeof(file) != 'text' OR typeof(hash) != 'text'
  OR typeof(bytes) != 'integer' OR bytes NOT BETWEEN 0 AND {HEAD}
UNION ALL SELECT 1 FROM tails WHERE typeof(file) != 'text' OR typeof(hash) != 'text'
  OR typeof("end") != 'integer' OR "end" < 0
UNION ALL SELECT 1 FROM done WHERE typeof(file) != 'text' OR typeof(start) != 'integer' OR typeof("end") != 'integer'
  OR start < 0 OR "end" < start
UNION ALL SELECT 1 FROM rejects WHERE typeof(file) != 'text' OR typeof(position) != 'integer' OR position < 0
  OR typeof(line) NOT IN ('integer', 'null') OR typeof(code) != 'text' OR typeof(reject) != 'text'
LIMIT 1
"""  # noqa: S608 - the names are ours


def hold_to_tables(database: sqlite3.Connection) -> None:
    """Refuse a file with other tables than ours, or with anything beside them.

    :raises sqlite3.Error: then.
    """
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    with contextlib.closing(sqlite3.connect("")) as ours:
        ours.executescript(TABLES)
        if database.execute(schema).fetchall() != ours.execute(schema).fetchall():
            raise sqlite3.DatabaseError("other tables")


def hold_to_values(database: sqlite3.Connection) -> None:
    """Refuse what no run of this program, but another or a damaged disk, left in a file: it would be believed.

    :raises sqlite3.Error: then.
    """
    run = database.execute
    if run("PRAGMA quick_check(1)").fetchone() != ("ok",) or run(_WRONG).fetchone() is not None:
        raise sqlite3.DatabaseError("other values")


def unusable(path: str, error: sqlite3.Error) -> InputError:
    """What is told of a file that SQLite cannot use; never what stands in it."""
    code = getattr(error, "sqlite_errorname", "")  # Python 3.11 and later
    text = str(error)
    if text.startswith("Could not decode"):  # and then the text, which may be anybody's
        return damaged(path)
    if "locked" in text or code.startswith("SQLITE_BUSY"):
        hint = "wait for it to end, or name another file with --checkpoint; two runs would only do the work twice"
        return InputError.of(IN_USE, "is in use by another run", hint, path=path or None)
    if "full" in text or code.startswith("SQLITE_FULL"):
        message, hint = (
            "cannot be written: the disk is full",
            "free some space and run the same command again; it continues where it stopped",
        )
    elif "not a database" in text or text.startswith("version"):
        message, hint = "is not a checkpoint of this program", "name another file, or remove it"
    elif any(words in text for words in _OF_THE_SYSTEM):
        message = f"cannot be used: {text}"
        hint = "check that the disk has room and the folder is writable, or name another file"
    else:  # its words may be those of a record
        return damaged(path)
    return InputError.of("checkpoint", message, hint, path=path or None)


def damaged(path: str) -> InputError:
    """What is told of a file that does not hold what this program writes."""
    message = "is damaged: what earlier runs delivered cannot be read from it"
    hint = "restore a copy; or remove it, or name another with --checkpoint: all is sent again, with the same ids"
    return InputError.of("checkpoint", message, hint, path=path or None)
